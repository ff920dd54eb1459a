// SPDX-License-Identifier: Apache-2.0
#include "golden/search/nelder_mead.hpp"

#include <algorithm>
#include <cmath>

namespace tally {

NelderMeadResult nelder_mead(const std::function<double(const std::vector<double>&)>& f,
                             const std::vector<double>& start, const std::vector<double>& step,
                             const NelderMeadOptions& options) {
  struct Vertex {
    std::vector<double> x;
    double value;
  };
  int evaluations = 0;
  const auto vertex = [&](std::vector<double> x) {
    ++evaluations;
    const double value = f(x);
    return Vertex{std::move(x), value};
  };
  std::vector<Vertex> simplex{vertex(start)};
  for (std::size_t i = 0; i < start.size(); ++i) {
    auto x = start;
    x[i] += step[i];
    simplex.push_back(vertex(std::move(x)));
  }
  const auto by_value = [](const Vertex& a, const Vertex& b) { return a.value < b.value; };
  while (true) {
    std::stable_sort(simplex.begin(), simplex.end(), by_value);
    const Vertex& best = simplex.front();
    Vertex& worst = simplex.back();
    const bool flat = worst.value - best.value <= options.tolerance * std::fabs(best.value);
    if (evaluations >= options.evaluations || flat) return {best.x, best.value, evaluations};

    std::vector<double> centre(start.size(), 0.0);
    for (std::size_t v = 0; v + 1 < simplex.size(); ++v) {
      for (std::size_t i = 0; i < centre.size(); ++i) {
        centre[i] += simplex[v].x[i] / static_cast<double>(start.size());
      }
    }
    // The point at `t` on the line from the centre through the worst vertex (t = 1: the worst).
    const auto along = [&](double t) {
      auto x = centre;
      for (std::size_t i = 0; i < x.size(); ++i) x[i] += t * (worst.x[i] - centre[i]);
      return vertex(std::move(x));
    };
    Vertex reflected = along(-1);
    if (reflected.value < best.value) {
      Vertex expanded = along(-2);
      worst = expanded.value < reflected.value ? std::move(expanded) : std::move(reflected);
    } else if (reflected.value < simplex[simplex.size() - 2].value) {
      worst = std::move(reflected);
    } else {
      Vertex contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
      if (contracted.value < std::min(reflected.value, worst.value)) {
        worst = std::move(contracted);
      } else {
        for (std::size_t v = 1; v < simplex.size(); ++v) {
          auto x = simplex[v].x;
          for (std::size_t i = 0; i < x.size(); ++i) x[i] = (x[i] + best.x[i]) / 2;
          simplex[v] = vertex(std::move(x));
        }
      }
    }
  }
}

}  // namespace tally
