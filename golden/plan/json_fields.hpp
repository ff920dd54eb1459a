// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "golden/plan/output_file.hpp"

namespace tally {

/// JSON with the fields in the order they were written, so that files read well and diff well.
using Json = nlohmann::ordered_json;

/// Closed range of a number in a file.
struct Range {
  double low = -std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::max();
};
inline constexpr Range kAny{};
inline constexpr Range kNotNegative{0, std::numeric_limits<double>::max()};
inline constexpr Range kPositive{std::numeric_limits<double>::denorm_min(),
                                 std::numeric_limits<double>::max()};
inline constexpr Range kFraction{0, 1};

inline constexpr std::size_t kAnyLength = static_cast<std::size_t>(-1);

/// Writes or reads the fields of one JSON object. A struct lists its fields once, as
/// `template <class Fields> void list_fields(Fields& f, S& s)`, and the same list serves both
/// directions. `where` is the path for messages, for instance "plan.json: layer fc1".
///
/// Reading is strict: a missing, unknown or mistyped field, a number that is not finite or out of
/// its range and an array of the wrong length are Errors naming file, layer, field and value.
/// Writing checks the same ranges and lengths, so that no file is written that cannot be read.
class FieldWriter {
 public:
  FieldWriter(Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  void field(const char* name, std::string& value);
  void field(const char* name, bool& value);
  void field(const char* name, int& value, Range range = kAny);
  void field(const char* name, std::int64_t& value, Range range = kAny);
  void field(const char* name, double& value, Range range = kAny);
  void field(const char* name, float& value, Range range = kAny);
  template <class Number>
  void field(const char* name, std::vector<Number>& values, std::size_t length, Range range = kAny);
  void field(const char* name, std::vector<std::string>& values);
  /// null in the file when there is no value.
  template <class Number>
  void field(const char* name, std::optional<Number>& value, Range range = kAny);
  /// One of the listed words.
  void choice(const char* name, std::string& value, const std::vector<std::string>& words);
  template <class S>
  void object(const char* name, S& value);
  /// An array of objects; messages name each by its index and, if it has one, its name.
  template <class S>
  void objects(const char* name, const char* kind, std::vector<S>& values);

 private:
  [[noreturn]] void refuse(const std::string& name, const std::string& problem) const;
  double checked(const std::string& name, double value, Range range) const;

  Json& json_;
  std::string where_;
};

/// The reading direction; see FieldWriter.
class FieldReader {
 public:
  FieldReader(const Json& json, std::string where);

  void field(const char* name, std::string& value);
  void field(const char* name, bool& value);
  void field(const char* name, int& value, Range range = kAny);
  void field(const char* name, std::int64_t& value, Range range = kAny);
  void field(const char* name, double& value, Range range = kAny);
  void field(const char* name, float& value, Range range = kAny);
  template <class Number>
  void field(const char* name, std::vector<Number>& values, std::size_t length, Range range = kAny);
  void field(const char* name, std::vector<std::string>& values);
  template <class Number>
  void field(const char* name, std::optional<Number>& value, Range range = kAny);
  void choice(const char* name, std::string& value, const std::vector<std::string>& words);
  template <class S>
  void object(const char* name, S& value);
  template <class S>
  void objects(const char* name, const char* kind, std::vector<S>& values);

  /// Refuses fields that nobody asked for: a misspelt name must not be ignored.
  void finish() const;

 private:
  [[noreturn]] void refuse(const std::string& name, const std::string& problem) const;
  const Json& get(const std::string& name);
  double number(const std::string& name, const Json& value, Range range, bool whole) const;

  const Json& json_;
  std::string where_;
  std::set<std::string> seen_;
};

/// Parses a JSON file; Error names the file, and the line and column of a syntax error.
Json read_json(const std::string& path);

/// Text of a JSON value for people: objects indented, arrays of plain values on one line.
std::string pretty(const Json& json);

/// The text of a value in a message, cut to a readable length.
std::string excerpt(const Json& value);

template <class Number>
void FieldWriter::field(const char* name, std::vector<Number>& values, std::size_t length,
                        Range range) {
  if (length != kAnyLength && values.size() != length) {
    refuse(name, "has " + std::to_string(values.size()) + " values, not " + std::to_string(length));
  }
  Json array = Json::array();
  for (std::size_t i = 0; i < values.size(); ++i) {
    checked(std::string(name) + "[" + std::to_string(i) + "]", static_cast<double>(values[i]),
            range);
    array.push_back(values[i]);
  }
  json_[name] = std::move(array);
}

template <class Number>
void FieldWriter::field(const char* name, std::optional<Number>& value, Range range) {
  if (value) {
    field(name, *value, range);
  } else {
    json_[name] = nullptr;
  }
}

template <class S>
void FieldWriter::object(const char* name, S& value) {
  Json json = Json::object();
  FieldWriter writer(json, where_ + ": " + name);
  list_fields(writer, value);
  json_[name] = std::move(json);
}

template <class S>
void FieldWriter::objects(const char* name, const char* kind, std::vector<S>& values) {
  Json array = Json::array();
  for (S& value : values) {
    Json json = Json::object();
    FieldWriter writer(json, where_ + ": " + kind + " " + value.name);
    list_fields(writer, value);
    array.push_back(std::move(json));
  }
  json_[name] = std::move(array);
}

template <class Number>
void FieldReader::field(const char* name, std::vector<Number>& values, std::size_t length,
                        Range range) {
  const Json& array = get(name);
  if (!array.is_array()) refuse(name, "is not an array: " + excerpt(array));
  if (length != kAnyLength && array.size() != length) {
    refuse(name, "has " + std::to_string(array.size()) + " values, not " + std::to_string(length));
  }
  values.clear();
  values.reserve(array.size());
  constexpr bool whole = std::numeric_limits<Number>::is_integer;
  // A number of the file must fit the type it is read into.
  range.low = std::max(range.low, static_cast<double>(std::numeric_limits<Number>::lowest()));
  range.high = std::min(range.high, static_cast<double>(std::numeric_limits<Number>::max()));
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::string element = std::string(name) + "[" + std::to_string(i) + "]";
    values.push_back(static_cast<Number>(number(element, array[i], range, whole)));
  }
}

template <class Number>
void FieldReader::field(const char* name, std::optional<Number>& value, Range range) {
  value.reset();
  if (!get(name).is_null()) field(name, value.emplace(), range);
}

template <class S>
void FieldReader::object(const char* name, S& value) {
  FieldReader reader(get(name), where_ + ": " + name);
  list_fields(reader, value);
  reader.finish();
}

template <class S>
void FieldReader::objects(const char* name, const char* kind, std::vector<S>& values) {
  const Json& array = get(name);
  if (!array.is_array()) refuse(name, "is not an array: " + excerpt(array));
  values.clear();
  for (std::size_t i = 0; i < array.size(); ++i) {
    const Json& element = array[i];
    const bool named =
        element.is_object() && element.contains("name") && element["name"].is_string();
    FieldReader reader(element, where_ + ": " + kind + " " +
                                    (named ? element["name"].template get<std::string>()
                                           : "number " + std::to_string(i)));
    S value;
    list_fields(reader, value);
    reader.finish();
    values.push_back(std::move(value));
  }
}

/// Reads a whole file as one struct with a list_fields; strict, as FieldReader.
template <class S>
S read_record(const std::string& path) {
  const Json json = read_json(path);
  FieldReader reader(json, path);
  S record;
  list_fields(reader, record);
  reader.finish();
  return record;
}

/// Writes such a struct, whole or not at all. Taken by value: the field list serves reading too, so
/// it wants fields that it may change.
template <class S>
void write_record(const std::string& path, S record) {
  Json json = Json::object();
  FieldWriter writer(json, path);
  list_fields(writer, record);
  write_file(path, pretty(json));
}

}  // namespace tally
