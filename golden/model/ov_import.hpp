// SPDX-License-Identifier: Apache-2.0
// Private to golden/model/ov_*.cpp and model_runner.cpp: the rest of Tally never sees OpenVINO.
#pragma once

#include <filesystem>
#include <memory>
#include <openvino/openvino.hpp>
#include <string>

#include "golden/model/model_runner.hpp"

namespace tally::ov_side {

/// The process-wide OpenVINO core; loading its plugins is slow.
ov::Core& core();

/// First line of an OpenVINO exception: the rest is where in OpenVINO it was thrown.
std::string first_line(const char* text);

/// Reads a model file, applies `shape` (LoadOptions::shape), refuses dynamic dimensions other than
/// the batch, and makes every float of it f32: parameters, results, constants and conversions.
/// `info` gets inputs, outputs (as in the file) and fixed_batch. Error: see ModelRunner::load.
std::shared_ptr<ov::Model> import_model(const std::filesystem::path& path, const std::string& shape,
                                        ModelInfo& info);

/// A copy whose inputs all have `batch` samples. Error: the network does not allow it.
std::shared_ptr<ov::Model> with_batch(const std::shared_ptr<ov::Model>& model, size_t batch,
                                      const std::string& path);

}  // namespace tally::ov_side
