// SPDX-License-Identifier: Apache-2.0
// What the post-processor must compute, straight from docs/number-systems.md ("Result"), and random
// tiles to compute it for. Independent of golden/: the only arithmetic here is the host's.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace tally::verif {

/// One counter set of one lane, by array (1..3; 0 is unused) and address.
using Counters = std::array<std::vector<int>, 4>;

struct PostSegment {
  std::vector<Counters> lanes;
};

struct PostTile {
  int n = 2;
  int number_system = 0;  // 0 exponential, 1 reveal, 2 uniform
  bool offset = false, relu = false;
  int valid_lanes = 1;
  float base = 1.5f;
  std::vector<std::array<float, 5>> coefficients;  // a lane: c1, c2, c3, c4, bias
  std::vector<std::vector<PostSegment>> vectors;   // their segments
};

struct PostResult {
  std::uint16_t half;
  bool overflow, nan;
};

/// The addresses that are read of an array: first..last; empty when first > last.
struct PostRange {
  int first, last;
};
inline PostRange post_range(const PostTile& tile, int array) {
  if (tile.number_system != 0) return array == 1 ? PostRange{0, 14} : PostRange{1, 0};
  if (array == 1) return {2, (2 << tile.n) - 2};
  return tile.offset ? PostRange{1, (1 << tile.n) - 1} : PostRange{1, 0};
}

/// Rounds of a segment whose successor is ready, see tally_post_program.
inline int post_rounds(const PostTile& tile) {
  if (tile.number_system != 0) return 16;
  return tile.offset ? (4 << tile.n) - 4 : (2 << tile.n) - 3;
}

inline float post_horner(const std::vector<int>& counts, PostRange range, float base) {
  float p = static_cast<float>(counts[range.last]);
  for (int e = range.last - 1; e >= range.first; --e) {
    p = std::fma(p, base, static_cast<float>(counts[e]));
  }
  return p;
}

/// binary32 to binary16, nearest even, by rounding |x| to a multiple of its last place.
inline PostResult post_half(float x) {
  if (std::isnan(x)) return {0x7E00, false, true};
  const std::uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  if (x == 0) return {sign, false, false};
  if (std::isinf(x)) return {static_cast<std::uint16_t>(sign | 0x7C00), false, false};
  const int exponent = std::max(std::ilogb(x), -14);
  const double quotient =
      std::nearbyint(std::ldexp(std::fabs(static_cast<double>(x)), 10 - exponent));
  const double code = 1024.0 * (exponent + 14) + quotient;
  const bool overflow = code >= 0x7C00;
  return {static_cast<std::uint16_t>(sign | (overflow ? 0x7C00 : static_cast<int>(code))), overflow,
          false};
}

/// The accumulator of one lane after all segments of a vector, before ReLU.
inline float post_accumulate(const PostTile& tile, const std::vector<PostSegment>& segments,
                             int lane, const std::array<float, 5>& c) {
  float acc = c[4];
  std::int64_t total = 0;
  for (const PostSegment& segment : segments) {
    const Counters& counters = segment.lanes[lane];
    const PostRange range = post_range(tile, 1);
    if (tile.number_system != 0) {
      for (int e = range.last; e >= range.first; --e) {
        total += static_cast<std::int64_t>(counters[1][e]) << e;
      }
      continue;
    }
    if (tile.offset) {
      int count = 0;
      for (int e = 1; e < 1 << tile.n; ++e) count += counters[2][e];
      acc = std::fma(c[3], static_cast<float>(count), acc);
      acc = std::fma(c[2], post_horner(counters[3], post_range(tile, 3), tile.base), acc);
      acc = std::fma(c[1], post_horner(counters[2], post_range(tile, 2), tile.base), acc);
    }
    acc = std::fma(c[0], post_horner(counters[1], range, tile.base), acc);
  }
  if (tile.number_system != 0) {
    acc = std::fma(c[0], static_cast<float>(static_cast<std::int32_t>(total)), c[4]);
  }
  return acc;
}

inline PostResult post_result(const PostTile& tile, const std::vector<PostSegment>& segments,
                              int lane) {
  float acc = post_accumulate(tile, segments, lane, tile.coefficients[lane]);
  if (tile.relu && !std::isnan(acc) && std::signbit(acc)) acc = 0.0f;
  return post_half(acc);
}

/// Random tiles for a post-processor of `lanes` lanes with counters of `count_width` bits.
class PostTileMaker {
 public:
  PostTileMaker(int lanes, int count_width, std::uint64_t seed)
      : lanes_(lanes), count_max_((1 << (count_width - 1)) - 1), random_(seed) {}

  /// With max_vectors vectors at most, of max_segments segments at most.
  PostTile make(int n, bool offset, int number_system, int max_vectors, int max_segments) {
    PostTile tile;
    tile.n = number_system == 0 ? n : 7;
    tile.number_system = number_system;
    tile.offset = offset;
    tile.relu = flip(4);
    tile.valid_lanes = flip(2) ? lanes_ : pick(1, lanes_);
    // Up to where the top power is about 2^30; now and then so large that Horner overflows.
    const double top = flip(12) ? 2000 : 30;
    tile.base = static_cast<float>(std::exp2(top * uniform() / ((2 << n) - 2) + 1e-3));
    tile.vectors.resize(pick(1, max_vectors));
    for (auto& vector : tile.vectors) {
      vector.resize(pick(1, max_segments));
      for (auto& segment : vector) fill(segment);
    }
    for (int lane = 0; lane < lanes_; ++lane) tile.coefficients.push_back(coefficients(tile, lane));
    return tile;
  }

  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool flip(int one_in) { return pick(1, one_in) == 1; }

 private:
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  /// Counters that are not read hold garbage on purpose.
  void fill(PostSegment& segment) {
    segment.lanes.resize(lanes_);
    for (Counters& counters : segment.lanes) {
      const int kind = pick(0, 5);
      for (int array = 1; array <= 3; ++array) {
        counters[array].resize(512);
        for (int& count : counters[array]) {
          switch (kind) {
            case 0:
              count = flip(2) ? count_max_ : -count_max_ - 1;
              break;
            case 1:
              count = flip(20) ? pick(-3, 3) : 0;
              break;
            case 2:
              count = 0;
              break;
            case 3:
              count = -count_max_ - 1;
              break;
            default:
              count = pick(-count_max_ - 1, count_max_);
          }
        }
      }
    }
  }

  /// Coefficients that make the result show what must be shown:
  /// most lanes cancel to a few units in the last place of a large accumulator, so that one wrong
  /// rounding anywhere changes the binary16 result; the others are plain, subnormal, or end in
  /// infinity or NaN.
  std::array<float, 5> coefficients(const PostTile& tile, int lane) {
    const int kind = pick(0, 9);
    std::array<float, 5> c;
    const auto& segments = tile.vectors[0];
    for (int i = 0; i < 4; ++i) {
      const double scale = std::exp2(kind == 0   ? -145 + 10 * uniform()
                                     : kind == 1 ? 128 * uniform()
                                                 : 0);
      double size = 1;
      if (kind > 1) {  // c * P about 2^13
        const int array = i == 0 ? 1 : i;
        if (tile.number_system != 0) {
          size = 1e7;
        } else if (i < 3 && post_range(tile, array).last > 0) {
          size = std::fabs(
              post_horner(segments[0].lanes[lane][array], post_range(tile, array), tile.base));
        } else {
          size = 100;
        }
        size = std::isfinite(size) && size > 0 ? std::exp2(13) / size : 1;
      }
      c[i] = static_cast<float>((flip(2) ? 1 : -1) * (1 + uniform()) * scale * size);
      if (flip(30)) c[i] = 0;
    }
    c[4] = static_cast<float>((uniform() - 0.5) * std::exp2(kind == 0   ? -130
                                                            : kind == 1 ? 100
                                                                        : 12));
    if (kind >= 3) {
      c[4] = 0;
      const float acc = post_accumulate(tile, segments, lane, c);
      if (std::isfinite(acc)) c[4] = -acc;
    } else if (kind == 0) {  // bring subnormal sums into the range of binary16 only by their sign
      c[4] = flip(2) ? 0.0f : c[4];
    }
    return c;
  }

  int lanes_, count_max_;
  std::mt19937_64 random_;
};

}  // namespace tally::verif
