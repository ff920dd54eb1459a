// SPDX-License-Identifier: Apache-2.0
// Opening what the user named, and running networks over data with progress on the screen.
#pragma once

#include <optional>
#include <string>

#include "golden/cli/commands.hpp"
#include "golden/model/dataset.hpp"
#include "golden/model/evaluate.hpp"
#include "golden/model/model_runner.hpp"
#include "golden/plan/plan.hpp"

namespace tally {

/// Loads the model; Error if no layer of it can be quantized.
ModelRunner open_model(const InputOptions& input);

/// Opens data scaled as the options say.
Dataset open_data(const InputOptions& input, const std::string& path);

/// The options with the plan's input scaling where the user gave none.
InputOptions with_plan_scaling(InputOptions input, const Plan& plan);

/// The same with every layer watched: NaN and infinity in front of a layer are named with it; at
/// the network's output nobody would know why.
Substitution checked(const ModelRunner& runner, Substitution substitution);

/// Accuracy of the network under `substitution` over `limit` samples from `first` (0: all). Error
/// naming the layer whose input is NaN or infinite.
EvalResult evaluate_network(const ModelRunner& runner, const Dataset& data,
                            const Substitution& substitution, const std::string& label,
                            std::size_t first = 0, std::size_t limit = 0);

/// The same with all options of evaluate(), progress on the screen.
EvalResult evaluate_network(const ModelRunner& runner, const Dataset& data,
                            const Substitution& substitution, const std::string& label,
                            EvalOptions options);

/// For commands that judge by the most likely class. Error naming the data if they have no labels,
/// or more than one a sample (a text, judged by perplexity).
void require_classes(const Dataset& data, const std::string& command);

/// Says that `command` leaves the network's products of two activations in float, if it has any.
void say_float_products(const CommonOptions& common, const ModelRunner& runner,
                        const std::string& command);

/// The `samples` option as a limit for evaluate_network, all samples when it was not given. Error
/// if it is below 1 or there are not that many.
std::size_t sample_limit(const Dataset& data, std::optional<std::int64_t> samples);

/// Samples of one inference: large enough to be fast, small enough for big images.
inline constexpr std::size_t kBatch = 100;
std::size_t batch_of(const ModelRunner& runner);

}  // namespace tally
