// SPDX-License-Identifier: Apache-2.0
#include "golden/cli/arguments.hpp"

#include <fmt/format.h>

namespace tally {

void add_model(CLI::App* sub, InputOptions& input) {
  sub->add_option("MODEL", input.model, "the trained network: .onnx, .tflite, OpenVINO .xml, ...")
      ->required();
  sub->add_option("--shape", input.shape,
                  "input shape where the model leaves it open: 1,3,224,224, or x[1,3,224,224] by "
                  "name; ? keeps the batch open");
}

void add_model_and_data(CLI::App* sub, InputOptions& input) {
  add_model(sub, input);
  sub->add_option("--mean", input.mean,
                  "model input = (raw - MEAN) / SCALE; one number or one a channel")
      ->delimiter(',');
  sub->add_option("--scale", input.scale, "default 255 for 8-bit data, else 1")->delimiter(',');
  sub->add_option("--crop", input.crop, "images: part of the short side kept (default 0.875)")
      ->check(CLI::Range(0.01, 1.0));
}

void add_search_effort(CLI::App* sub, SearchOptions& search) {
  sub->add_option("--threads", search.threads,
                  "threads (default all); the result does not depend on it");
  sub->add_option(
      "--cache", search.cache,
      "folder that keeps finished work, so that a search that was stopped goes on where "
      "it was (default: beside the output, removed at the end)");
  sub->add_flag("--keep-weights", search.keep_weights,
                "quantize the model's weights as they are: no correction for the errors of a "
                "layer's inputs,\nand no codes in the plan (so always: paper, reveal, a list, "
                "--cost cycles)");
  add_calibration_samples(sub, search.calibration_samples);
  sub->add_option("--validation-samples", search.validation_samples,
                  "samples that choose, at most (default 5000)");
  sub->add_option("--memory", search.memory,
                  "GB for the activations of the tuning samples; of large inputs fewer samples "
                  "tune (default 4)");
}

void add_paper_readings(CLI::App* sub, SearchOptions& search) {
  sub->add_option(
         "--alpha-rule", search.alpha_rule,
         "the paper's search: paper, alpha = max / b^Rmax (default), or full-scale, the top "
         "level\nis the largest value")
      ->check(CLI::IsMember({"paper", "full-scale"}));
  sub->add_option("--rss-unit", search.rss_unit,
                  "the paper's search: fits compared per unit of value (default) or of the mean")
      ->check(CLI::IsMember({"value", "mean"}));
  sub->add_option("--threshold-factor", search.threshold_factor,
                  "the paper's search: Eq. 7 clamped to at least 1 (default) or as printed")
      ->check(CLI::IsMember({"clamped", "printed"}));
}

void add_products(CLI::App* sub, SearchOptions& search) {
  auto* const bits =
      sub->add_option("--product-bits", search.product_bits,
                      "n of attention's products of two activations, quantized on both sides while "
                      "the\nnetwork runs (default 7)")
          ->check(CLI::Range(2, 7));
  sub->add_flag("--float-products", search.float_products, "leave those products in float")
      ->excludes(bits);
}

void add_calibration_samples(CLI::App* sub, std::int64_t& samples) {
  sub->add_option("--calib-samples", samples, "samples that tune (default 512, or all)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
}

void add_samples(CLI::App* sub, std::optional<std::int64_t>& samples) {
  sub->add_option("--samples", samples, "only the first samples");
}

void add_config(CLI::App* sub, std::string& config) {
  sub->add_option("--config", config, "hardware configuration (default auto)")
      ->check(CLI::IsMember({"auto", "paper", "default", "fast", "small"}));
}

CLI::Validator not_zero() {
  return CLI::Validator(
      [](std::string& text) {
        return CLI::detail::trim_copy(text).find_first_not_of("0.+-") == std::string::npos
                   ? fmt::format("{} is out of range", text)
                   : std::string();
      },
      "");
}

void add_inspect_command(const Arguments& line) {
  const auto [sub, options] = add_subcommand<InspectOptions>(
      line, "inspect", "list the layers of a network that can be quantized", inspect_command);
  add_model(sub, options->input);
}

}  // namespace tally
