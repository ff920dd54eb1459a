// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tally {

/// How raw numbers become model inputs: value = (raw - mean) / scale.
struct DatasetOptions {
  /// Per channel, or one number for all; empty: 0.
  std::vector<float> mean;
  /// Per channel, or one number for all; empty: 255 for 8-bit data (so 0..1), 1 for floats.
  std::vector<float> scale;
  /// Images only: the part of the short side that stays after the centre crop, in (0, 1].
  double crop = 0.875;
};

/// One input of a network, without its batch dimension.
struct InputShape {
  std::string name;
  std::vector<size_t> shape;
  /// Its values choose rows of a table: whole numbers from 0 on, or counted from the end, below 0.
  std::optional<size_t> table_rows = std::nullopt;
};

/// Where the samples of a dataset come from; implementations live in dataset.cpp and
/// image_folder.cpp.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  virtual size_t size() const = 0;
  /// Shape of a stored sample; empty for images, which take the model's.
  virtual const std::vector<size_t>& sample_shape() const = 0;
  /// Writes sample `index`, shaped `shape`, to `out`.
  virtual void fill(size_t index, const std::vector<size_t>& shape, float* out) const = 0;
};

/// Samples with optional class labels. Copies share the data; reading is thread-safe.
class Dataset {
 public:
  /// `no_labels_reason` completes errors when labels are needed and `labels` is nothing. `labels`
  /// holds the same number for every sample, one after the other.
  Dataset(std::string path, std::shared_ptr<const SampleSource> samples,
          std::optional<std::vector<std::int64_t>> labels, std::string no_labels_reason);

  const std::string& path() const { return path_; }
  size_t size() const { return samples_->size(); }
  bool has_labels() const { return labels_.has_value(); }
  /// Error saying why there are no labels, if there are none.
  void require_labels() const;
  /// 1 for classes, the length of the text for next-token labels; 0 without labels.
  size_t labels_per_sample() const { return labels_ ? labels_->size() / size() : 0; }
  /// Shape of one stored sample, without the sample dimension; empty for a folder of images.
  const std::vector<size_t>& sample_shape() const { return samples_->sample_shape(); }
  /// The labels, each in 0..classes-1, sample after sample. Error: there are none, or one is out of
  /// range.
  const std::vector<std::int64_t>& labels(size_t classes) const;

  /// Further arrays for networks of several inputs, by the name of the input.
  void add_input(const std::string& name, std::shared_ptr<const SampleSource> samples);
  /// The samples at these positions, in this order. The path says what was taken (`suffix`).
  Dataset subset(const std::vector<size_t>& positions, const std::string& suffix) const;
  /// Every sample, an image, twice: as it is, then with left and right exchanged (mirror.hpp).
  Dataset with_mirrored() const;

  /// Writes samples first..first+count-1 to `out`, each as floats of the model's shape `shape`
  /// (without the batch dimension). A stored sample of equal shape, or of as many elements, is
  /// copied in order; a stored [H, W, C] goes into a model's [C, H, W] transposed. Images are
  /// resized and cropped to the model's [C, H, W] or [H, W, C], C = 1 or 3.
  /// Error: the shapes cannot agree (both are named); an image cannot be decoded.
  void fill(size_t first, size_t count, const std::vector<size_t>& shape, float* out) const;

  /// The same for all inputs of a network: sample after sample, within one sample input after
  /// input. An input takes the array of its name; a single one takes `x` if there is no such array.
  /// Error: a network of several inputs, and no array of one's name (all names are listed); a value
  /// that chooses a row where the table has none.
  void fill(size_t first, size_t count, std::span<const InputShape> inputs, float* out) const;

 private:
  void require_range(size_t first, size_t count) const;
  const SampleSource& source_of(std::span<const InputShape> inputs, size_t input) const;

  std::string path_;
  std::shared_ptr<const SampleSource> samples_;
  std::map<std::string, std::shared_ptr<const SampleSource>> named_;
  std::optional<std::vector<std::int64_t>> labels_;
  std::string no_labels_reason_;
};

/// Opens a dataset by what the path is:
/// - .npz: array `x`, samples first, float32, uint8 or integers (token numbers, taken as they are,
///   at most 2^24), or an array for each input of the network by its name; and optionally integers
///   `y`, [N] a label a sample, or [N, T] a label for each of the T positions of a text;
/// - an idx image file (plain or .gz) with the label file beside it (idx.hpp);
/// - a folder of images (.jpg .jpeg .png .bmp): the class is the number in front of the first '_'
/// in
///   every file name, else the position of the sub-folder in sorted order; decoded when read.
/// A path that does not exist may end in a selection, as a slice in Python: "photos@0::5" is every
/// fifth sample from the first on, "photos@except:0::5" all the others, "photos@0::5,mirror" also
/// takes each mirrored (subset.hpp).
/// Error, naming file and value: missing, empty, truncated, wrong magic or type, no samples, number
/// of labels not that of samples, a negative label, NaN or infinity (sample and element named).
Dataset load_dataset(const std::filesystem::path& path, const DatasetOptions& options = {});

/// The readers behind load_dataset (image_folder.cpp, array_dataset.cpp).
Dataset load_image_folder(const std::filesystem::path& path, const DatasetOptions& options);
Dataset load_npz(const std::string& path, const DatasetOptions& options);
Dataset load_idx(const std::string& path, const DatasetOptions& options);

/// Product of the dimensions.
size_t element_count(const std::vector<size_t>& shape);

}  // namespace tally
