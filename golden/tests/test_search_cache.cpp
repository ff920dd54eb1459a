// SPDX-License-Identifier: Apache-2.0
// Finished units of a search are kept, found again, and never mixed up.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>

#include "golden/core/error.hpp"
#include "golden/search/cached_search.hpp"
#include "golden/tests/made_up_network.hpp"

using namespace tally;

namespace {

// Ends the search, as a killed process would, when `limit` units have been kept.
class StoreInMemory : public ResultStore {
 public:
  std::optional<std::string> get(const std::string& key) override {
    const std::lock_guard lock(mutex);
    const auto found = values.find(key);
    if (found == values.end()) return std::nullopt;
    ++hits;
    return found->second;
  }
  void put(const std::string& key, const std::string& value) override {
    const std::lock_guard lock(mutex);
    if (values.size() == limit) throw std::runtime_error("killed");
    values[key] = value;
  }
  std::mutex mutex;
  std::map<std::string, std::string> values;
  std::size_t limit = 1000000;
  int hits = 0;
};

}  // namespace

TEST_CASE("a search that was stopped anywhere goes on to the same plan and repeats no unit",
          "[search]") {
  MadeUpNetwork network({8.0, 0.5, 2.0});
  auto options = quick(SearchMethod::kOutput);
  options.systems = {kExponential, kUniform};
  const auto whole = search_network(3, network.hooks(), options);
  StoreInMemory complete;
  options.store = &complete;
  search_network(3, network.hooks(), options);
  const auto units = complete.values.size();
  REQUIRE(units > 30);
  int checks = 0;
  for (const std::size_t stop : {std::size_t{0}, std::size_t{1}, std::size_t{17}, units - 1}) {
    StoreInMemory store;
    store.limit = stop;
    options.store = &store;
    options.threads = 1 + checks % 2;
    REQUIRE_THROWS_WITH(search_network(3, network.hooks(), options), "killed");
    REQUIRE(store.values.size() == stop);
    store.limit = units;
    const auto resumed = search_network(3, network.hooks(), options);
    REQUIRE(store.hits >= static_cast<int>(stop));
    REQUIRE(store.values.size() == units);
    for (std::size_t i = 0; i < 3; ++i) {
      REQUIRE(to_bytes(resumed.layers[i]) == to_bytes(whole.layers[i]));
    }
    ++checks;
  }
  REQUIRE(checks == 4);
}

TEST_CASE("a unit's key changes with everything that its result depends on", "[search]") {
  MadeUpNetwork network({1.0});
  const LayerSearchOptions options;
  const auto key = [&](const LayerData& layer, const Candidate& c, const LayerSearchOptions& o) {
    return unit_key(layer, c, SearchMethod::kOutput, o);
  };
  const LayerData& layer = network.layers[0];
  std::vector<std::string> keys{key(layer, {kExponential, 3}, options),
                                key(layer, {kUniform, 3}, options),
                                key(layer, {kExponential, 4}, options),
                                unit_key(layer, {kExponential, 3}, SearchMethod::kPaper, options)};
  auto other = options;
  other.match_variance = false;
  keys.push_back(key(layer, {kExponential, 3}, other));
  for (const auto change : std::vector<void (*)(LayerSearchOptions&)>{
           [](auto& o) { o.per_channel = false; }, [](auto& o) { o.correct_bias = false; },
           [](auto& o) { o.offset = false; }, [](auto& o) { o.correct_weights = true; },
           [](auto& o) { ++o.evaluations; }, [](auto& o) { ++o.search_rows; },
           [](auto& o) { ++o.search_outputs; }}) {
    other = options;
    change(other);
    keys.push_back(key(layer, {kExponential, 3}, other));
  }
  for (const Candidate& c : {Candidate{kReveal, 7, 8, 8, 2}, Candidate{kReveal, 7, 4, 8, 2},
                             Candidate{kReveal, 7, 8, 9, 2}, Candidate{kReveal, 7, 8, 8, 3}}) {
    keys.push_back(key(layer, c, options));
  }
  LayerData changed = layer;
  const std::vector<float> more{1.0F, 2.0F};
  changed.values = more;
  keys.push_back(key(changed, {kExponential, 3}, options));
  changed = layer;
  changed.target = more;
  keys.push_back(key(changed, {kExponential, 3}, options));
  changed = layer;
  changed.non_negative = !layer.non_negative;
  keys.push_back(key(changed, {kExponential, 3}, options));
  changed = layer;
  changed.shared_gain = true;
  keys.push_back(key(changed, {kExponential, 3}, options));
  changed = layer;
  changed.low = 0;
  keys.push_back(key(changed, {kExponential, 3}, options));
  changed = layer;
  changed.high = 6;
  keys.push_back(key(changed, {kExponential, 3}, options));
  network.rows[0][7] += 1e-4F;
  keys.push_back(key(layer, {kExponential, 3}, options));
  network.weights[0][7] += 1e-4F;
  keys.push_back(key(layer, {kExponential, 3}, options));
  std::sort(keys.begin(), keys.end());
  REQUIRE(std::unique(keys.begin(), keys.end()) == keys.end());
  REQUIRE(keys.size() == 24);
  REQUIRE(keys[0].size() == 64);
}

TEST_CASE("parameters survive the store bit for bit, anything else is refused", "[search]") {
  MadeUpNetwork network({1.0});
  const auto search = make_layer_search(SearchMethod::kOutput);
  for (const auto system : {kExponential, kUniform}) {
    const auto params = search->search(network.layers[0], Candidate{system, 3});
    const std::string bytes = to_bytes(params);
    const auto back = params_from_bytes(bytes);
    REQUIRE(back);
    REQUIRE(back->candidate() == params.candidate());
    REQUIRE(back->alpha_w == params.alpha_w);
    REQUIRE(back->beta_a == params.beta_a);
    REQUIRE(back->boundaries == params.boundaries);
    REQUIRE(back->weight_codes == params.weight_codes);
    REQUIRE(back->bias == params.bias);
    REQUIRE(to_bytes(*back) == bytes);
    REQUIRE_FALSE(params_from_bytes(bytes.substr(0, bytes.size() / 2)));
  }
  REQUIRE_FALSE(params_from_bytes(""));
}
