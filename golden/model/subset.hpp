// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tally {

/// The end of a data path that takes a part of the samples: "photos@0::5". A slice start:stop:step
/// as in Python, every number optional, none negative; "except:" in front takes all the others.
/// ",mirror" behind the slice (or "mirror" alone) takes each image again, left and right exchanged.
struct Selection {
  std::string path;  ///< in front of the '@'
  std::string text;  ///< behind it
  bool except = false;
  bool mirror = false;
  size_t start = 0;
  std::optional<size_t> stop;
  size_t step = 1;

  /// Positions among `samples`, ascending. Error: none is taken.
  std::vector<size_t> positions(size_t samples) const;
};

/// Splits a path with a selection; nothing if there is no '@' or the path as it stands exists.
/// Error: what is behind the last '@' is no selection.
std::optional<Selection> split_selection(const std::string& path);

}  // namespace tally
