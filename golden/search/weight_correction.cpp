// SPDX-License-Identifier: Apache-2.0
#include "golden/search/weight_correction.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

#include "golden/core/product.hpp"
#include "golden/search/layer_output.hpp"
#include "golden/search/parallel.hpp"

namespace tally {

namespace {

using Matrix = Eigen::MatrixXf;

constexpr std::array kRidges{1.0F, 3.0F, 10.0F, 30.0F, 100.0F};
constexpr std::size_t kHeldBack = 4;       // one in so many rows, the last ones
constexpr std::size_t kMostInputs = 8192;  // time grows with the cube, memory with the square

// Normal equations of one group over some rows: (power + r) * (W' - W) = residual.
struct Normal {
  Matrix power;     // X^T X, [inputs][inputs]
  Matrix residual;  // X^T (Y - X W), [inputs][outputs of the group]

  Normal& operator+=(const Normal& other) {
    power += other.power;
    residual += other.residual;
    return *this;
  }
  // What `change` of the weights adds to the squared error.
  double added_error(const Matrix& change) const {
    return static_cast<double>((change.array() * (power * change - 2 * residual).array()).sum());
  }
  Matrix change(float ridge) const {
    Matrix damped = power;
    damped.diagonal().array() += ridge * power.diagonal().mean();
    return damped.llt().solve(residual);
  }
};

// Each channel less its mean: [channels][rows].
void centre(std::vector<float>& x, std::size_t rows) {
  for (std::size_t i = 0; i < x.size(); i += rows) {
    Eigen::Map<Eigen::ArrayXf> channel(x.data() + i, static_cast<Eigen::Index>(rows));
    channel -= static_cast<float>(channel.cast<double>().mean());
  }
}

// X and Y - X W of one group by channel, centred.
struct GroupRows {
  std::size_t inputs, outputs, rows;
  std::vector<float> x;  // [inputs][rows]
  std::vector<float> e;  // [outputs][rows]

  Normal normal(std::size_t first, std::size_t count) const {
    Normal n{Matrix(inputs, inputs), Matrix(inputs, outputs)};
    const RowBlock of_x{x.data() + first, inputs, rows};
    const RowBlock of_e{e.data() + first, outputs, rows};
    multiply_rows(of_x, of_x, count, n.power.data(), inputs);
    multiply_rows(of_e, of_x, count, n.residual.data(), inputs);  // column-major: [outputs][inputs]
    return n;
  }
};

GroupRows rows_of_group(const LayerData& layer, std::span<const float> rows,
                        std::span<const float> errors, std::size_t group) {
  const std::size_t each = layer.outputs / layer.groups;
  GroupRows g{layer.inputs, each, layer.row_count, {}, {}};
  g.x.resize(g.inputs * g.rows);
  g.e.resize(g.outputs * g.rows);
  for (std::size_t r = 0; r < g.rows; ++r) {
    const float* x = rows.data() + (r * layer.groups + group) * g.inputs;
    for (std::size_t k = 0; k < g.inputs; ++k) g.x[k * g.rows + r] = x[k];
    const float* e = errors.data() + r * layer.outputs + group * each;
    for (std::size_t o = 0; o < each; ++o) g.e[o * g.rows + r] = e[o];
  }
  centre(g.x, g.rows);
  centre(g.e, g.rows);
  return g;
}

struct Group {
  Normal all;
  std::array<double, kRidges.size()> added{};  // error on the rows held back, by ridge

  bool dead() const { return !(all.power.diagonal().mean() > 0); }
};

std::vector<Group> normal_equations(const LayerData& layer, std::span<const float> rows,
                                    int threads) {
  const std::size_t check = layer.row_count / kHeldBack;
  std::vector<float> errors = target_outputs(layer);
  const std::vector<float> outputs = layer_outputs(layer, rows, layer.weights, layer.bias);
  for (std::size_t i = 0; i < errors.size(); ++i) errors[i] -= outputs[i];
  std::vector<Group> groups(layer.groups);
  parallel_for(layer.groups, threads, [&](std::size_t i) {
    const GroupRows data = rows_of_group(layer, rows, errors, i);
    const std::size_t fit = layer.row_count - check;
    Normal& normal = groups[i].all;
    normal = data.normal(0, fit);
    const Normal held_back = data.normal(fit, check);
    if (groups[i].dead()) return;
    parallel_for(kRidges.size(), layer.groups > 1 ? 1 : threads, [&](std::size_t r) {
      groups[i].added[r] = held_back.added_error(normal.change(kRidges[r]));
    });
    normal += held_back;
  });
  return groups;
}

// The ridge that does best on the rows held back; 0 if none does better than no change.
float best_ridge(const std::vector<Group>& groups) {
  std::array<double, kRidges.size()> added{};
  for (const Group& group : groups) {
    for (std::size_t r = 0; r < added.size(); ++r) added[r] += group.added[r];
  }
  const auto best = std::min_element(added.begin(), added.end());
  if (!(std::isfinite(*best) && *best < 0)) return 0;
  return kRidges[static_cast<std::size_t>(best - added.begin())];
}

}  // namespace

std::vector<float> corrected_weights(const LayerData& layer, std::span<const float> rows,
                                     int threads) {
  std::vector<float> weights(layer.weights.begin(), layer.weights.end());
  if (layer.row_count < kHeldBack || layer.inputs > kMostInputs) return weights;
  const std::vector<Group> groups = normal_equations(layer, rows, threads);
  const float ridge = best_ridge(groups);
  if (ridge == 0) return weights;
  parallel_for(layer.groups, threads, [&](std::size_t i) {
    if (groups[i].dead()) return;
    const Matrix change = groups[i].all.change(ridge);
    float* w = weights.data() + i * static_cast<std::size_t>(change.size());
    Eigen::Map<Matrix>(w, change.rows(), change.cols()) += change;
  });
  return weights;
}

}  // namespace tally
