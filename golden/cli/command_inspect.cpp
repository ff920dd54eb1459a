// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "golden/cli/commands.hpp"
#include "golden/cli/console.hpp"
#include "golden/cli/network.hpp"

namespace tally {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> words;
  for (const std::int64_t d : shape) words.push_back(d < 0 ? "?" : std::to_string(d));
  return fmt::format("[{}]", fmt::join(words, ", "));
}

Json tensors_json(const std::vector<TensorInfo>& tensors) {
  Json list = Json::array();
  for (const TensorInfo& t : tensors) {
    list.push_back({{"name", t.name}, {"shape", t.shape}, {"type", t.type}});
  }
  return list;
}

}  // namespace

int inspect_command(const CommonOptions& common, const InspectOptions& options) {
  const ModelRunner runner = open_model(options.input);
  const ModelInfo& info = runner.info();
  Json json = {{"model", info.path},
               {"model_sha256", info.checksum},
               {"inputs", tensors_json(info.inputs)},
               {"outputs", tensors_json(info.outputs)},
               {"macs", info.macs},
               {"quantizable_macs", info.quantizable_macs}};
  Json layers = Json::array();
  say(common, "{}  SHA-256 {}", info.path, info.checksum);
  for (const TensorInfo& t : info.inputs) {
    say(common, "input   {} {} {}", t.name, shape_text(t.shape), t.type);
  }
  for (const TensorInfo& t : info.outputs) {
    say(common, "output  {} {} {}", t.name, shape_text(t.shape), t.type);
  }
  say(common, "\n{:<28} {:<17} {:>8} {:>8} {:>7} {:>12}  {}", "layer", "kind", "inputs", "outputs",
      "groups", "MACs", "in one step");
  for (const LayerInfo& layer : runner.layers()) {
    std::string fused;
    if (layer.places > 1) fused += fmt::format(" the same weights in {} places", layer.places);
    if (layer.has_bias) fused += " bias";
    if (layer.relu) fused += " relu";
    say(common, "{:<28} {:<17} {:>8} {:>8} {:>7} {:>12} {}", layer.name, to_string(layer.kind),
        layer.k, layer.outputs, layer.groups, layer.macs, fused);
    layers.push_back({{"name", layer.name},
                      {"kind", to_string(layer.kind)},
                      {"inputs", layer.k},
                      {"outputs", layer.outputs},
                      {"groups", layer.groups},
                      {"macs", layer.macs},
                      {"places", layer.places},
                      {"bias", layer.has_bias},
                      {"relu", layer.relu}});
  }
  json["layers"] = std::move(layers);
  json["products"] = Json::array();
  for (const ProductInfo& product : runner.products()) {
    say(common, "{:<28} {:<17} {:>8} {:>8} {:>7} {:>12}  two activations, {} heads of {} rows",
        product.name, "MatMul", product.k, product.columns, 1, product.macs, product.heads,
        product.rows);
    json["products"].push_back({{"name", product.name},
                                {"rows", product.rows},
                                {"inputs", product.k},
                                {"columns", product.columns},
                                {"heads", product.heads},
                                {"macs", product.macs}});
  }
  json["left_out"] = info.left_out;
  json["host_operations"] = info.host_operations;
  say(common, "\n{:.1f} % of {:.0f} multiplications a sample can be quantized",
      100 * info.quantizable_share(), info.macs);
  for (const auto& [operation, count] : info.host_operations) {
    say(common, "on the host: {} x {}", count, operation);
  }
  for (const std::string& reason : info.left_out) say(common, "left on the host: {}", reason);
  print_json(common, json);
  return 0;
}

}  // namespace tally
