// SPDX-License-Identifier: Apache-2.0
#include "golden/search/cached_search.hpp"

#include <nlohmann/json.hpp>

namespace tally {

namespace {

using Json = nlohmann::json;

// Changes whenever a search would give another result for the same key.
constexpr int kSearchVersion = 8;

class CachedSearch : public LayerSearch {
 public:
  CachedSearch(SearchMethod method, const LayerSearchOptions& options, ResultStore& store)
      : method_(method),
        options_(options),
        store_(store),
        search_(make_layer_search(method, options)) {}

  using LayerSearch::search;
  LayerParams search(const LayerData& layer, const Candidate& candidate) const override {
    const std::string key = unit_key(layer, candidate, method_, options_);
    if (const auto bytes = store_.get(key)) {
      if (auto params = params_from_bytes(*bytes)) return *params;
    }
    LayerParams params = search_->search(layer, candidate);
    store_.put(key, to_bytes(params));
    return params;
  }

 private:
  SearchMethod method_;
  LayerSearchOptions options_;
  ResultStore& store_;
  std::unique_ptr<LayerSearch> search_;
};

}  // namespace

std::string unit_key(const LayerData& layer, const Candidate& c, SearchMethod method,
                     const LayerSearchOptions& o) {
  KeyBuilder key;
  key.add(kSearchVersion).add(layer.name).add(layer.inputs).add(layer.outputs).add(layer.groups);
  key.add(layer.weights).add(layer.bias).add(layer.non_negative).add(layer.values);
  key.add(layer.rows).add(layer.row_count).add(layer.target).add(layer.shared_gain);
  key.add(layer.low).add(layer.high);
  key.add(c.system).add(c.n).add(c.group).add(c.budget).add(c.terms);
  key.add(method).add(o.per_channel).add(o.correct_bias).add(o.alpha_rule).add(o.rss_unit);
  key.add(o.offset).add(o.match_variance).add(o.correct_weights);
  key.add(o.evaluations);
  key.add(o.search_rows).add(o.search_outputs);
  return key.key();
}

std::string to_bytes(const LayerParams& p) {
  const Json json{{"method", p.method},
                  {"rounding", static_cast<int>(p.rounding)},
                  {"system", static_cast<std::uint32_t>(p.system)},
                  {"n", p.n},
                  {"reveal", {p.group, p.budget, p.terms}},
                  {"base", p.base},
                  {"offset", p.offset},
                  {"a", {p.alpha_a, p.beta_a}},
                  {"boundaries", p.boundaries},
                  {"alpha_w", p.alpha_w},
                  {"beta_w", p.beta_w},
                  {"codes", Json::binary(p.weight_codes)},
                  {"bias", p.bias},
                  {"errors", {p.rmae_a, p.rmae_w, p.output_error}}};
  const auto bytes = Json::to_cbor(json);
  return {bytes.begin(), bytes.end()};
}

std::optional<LayerParams> params_from_bytes(const std::string& bytes) {
  try {
    const Json json = Json::from_cbor(bytes);
    LayerParams p;
    p.method = json.at("method").get<std::string>();
    p.rounding = static_cast<Rounding>(json.at("rounding").get<int>());
    p.system = static_cast<NumberSystem>(json.at("system").get<std::uint32_t>());
    p.n = json.at("n").get<int>();
    p.group = json.at("reveal").at(0).get<int>();
    p.budget = json.at("reveal").at(1).get<int>();
    p.terms = json.at("reveal").at(2).get<int>();
    p.base = json.at("base").get<float>();
    p.offset = json.at("offset").get<bool>();
    p.alpha_a = json.at("a").at(0).get<double>();
    p.beta_a = json.at("a").at(1).get<double>();
    p.boundaries = json.at("boundaries").get<std::vector<std::uint16_t>>();
    p.alpha_w = json.at("alpha_w").get<std::vector<double>>();
    p.beta_w = json.at("beta_w").get<std::vector<double>>();
    p.weight_codes = json.at("codes").get_binary();
    p.bias = json.at("bias").get<std::vector<float>>();
    p.rmae_a = json.at("errors").at(0).get<double>();
    p.rmae_w = json.at("errors").at(1).get<double>();
    p.output_error = json.at("errors").at(2).get<double>();
    return p;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::unique_ptr<LayerSearch> make_cached_search(SearchMethod method,
                                                const LayerSearchOptions& options,
                                                ResultStore* store) {
  if (store == nullptr) return make_layer_search(method, options);
  return std::make_unique<CachedSearch>(method, options, *store);
}

}  // namespace tally
