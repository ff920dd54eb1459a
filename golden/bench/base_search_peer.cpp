// SPDX-License-Identifier: Apache-2.0
// The RMAE search of a whole tensor (Algorithm 1), for comparison with algorithm1_numpy.py on the
// same file: binary32 values in, one JSON object a width out. Times are of the CPU, and include
// sorting the tensor, once for all widths.
#include <fmt/core.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <vector>

#include "golden/core/base_search.hpp"

namespace {

using namespace tally;

std::vector<float> read(const char* path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  std::vector<float> values(static_cast<std::size_t>(in.tellg()) / sizeof(float));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(values.data()),
          static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

double seconds_since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: {} FILE n...\n", argv[0]);
    return 2;
  }
  const auto values = read(argv[1]);
  const auto start = std::clock();
  const SortedMagnitudes sorted(values, argv[1]);
  const double sort = seconds_since(start) / (argc - 2);
  for (int i = 2; i < argc; ++i) {
    const int n = std::atoi(argv[i]);
    const auto begin = std::clock();
    const auto found = search_base(Groups(&sorted, 1), n, {});
    const double search = seconds_since(begin);
    fmt::print(
        "{{\"n\": {}, \"base\": {:.9g}, \"rmae\": {:.12g}, \"candidates\": {}, \"seconds\": "
        "{:.6f}, \"search_seconds\": {:.6f}}}\n",
        n, found.params[0].base, found.rmae, found.candidates, sort + search, search);
  }
}
