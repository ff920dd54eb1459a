// SPDX-License-Identifier: Apache-2.0
#include "golden/plan/json_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "golden/core/error.hpp"
#include "golden/plan/output_file.hpp"

namespace tally {
namespace {

constexpr double kFloatMax = std::numeric_limits<float>::max();

Range float_range(Range range) {
  return {std::max(range.low, -kFloatMax), std::min(range.high, kFloatMax)};
}

std::string range_problem(double value, Range range) {
  if (!std::isfinite(value)) return fmt::format("is {}, not a finite number", value);
  const double limit = std::numeric_limits<double>::max();
  if (range.low > 0 && range.low < 1e-300) return fmt::format("is {}, not above 0", value);
  if (range.high == limit) return fmt::format("is {}, below {}", value, range.low);
  return fmt::format("is {}, not in {} .. {}", value, range.low, range.high);
}

bool in_range(double value, Range range) {
  return std::isfinite(value) && value >= range.low && value <= range.high;
}

void put_pretty(const Json& json, std::string& text, int depth) {
  const std::string indent(2 * (depth + 1), ' ');
  if (json.is_object() && !json.empty()) {
    text += "{\n";
    for (auto it = json.begin(); it != json.end(); ++it) {
      if (it != json.begin()) text += ",\n";
      text += indent + Json(it.key()).dump() + ": ";
      put_pretty(it.value(), text, depth + 1);
    }
    text += "\n" + std::string(2 * depth, ' ') + "}";
  } else if (json.is_array() && !json.empty() && json.front().is_structured()) {
    text += "[\n";
    for (std::size_t i = 0; i < json.size(); ++i) {
      if (i > 0) text += ",\n";
      text += indent;
      put_pretty(json[i], text, depth + 1);
    }
    text += "\n" + std::string(2 * depth, ' ') + "]";
  } else {
    text += json.dump();
  }
}

}  // namespace

void FieldWriter::refuse(const std::string& name, const std::string& problem) const {
  throw Error(fmt::format("{}: {} {}", where_, name, problem));
}

double FieldWriter::checked(const std::string& name, double value, Range range) const {
  if (!in_range(value, range)) refuse(name, range_problem(value, range));
  return value;
}

void FieldWriter::field(const char* name, std::string& value) { json_[name] = value; }
void FieldWriter::field(const char* name, bool& value) { json_[name] = value; }
void FieldWriter::field(const char* name, int& value, Range range) {
  checked(name, value, range);
  json_[name] = value;
}
void FieldWriter::field(const char* name, std::int64_t& value, Range range) {
  checked(name, static_cast<double>(value), range);
  json_[name] = value;
}
void FieldWriter::field(const char* name, double& value, Range range) {
  json_[name] = checked(name, value, range);
}
void FieldWriter::field(const char* name, float& value, Range range) {
  json_[name] = checked(name, value, range);
}
void FieldWriter::field(const char* name, std::vector<std::string>& values) {
  json_[name] = values;
}
void FieldWriter::choice(const char* name, std::string& value,
                         const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), value) == words.end()) {
    refuse(name, fmt::format("is '{}', not one of {}", value, fmt::join(words, ", ")));
  }
  json_[name] = value;
}

FieldReader::FieldReader(const Json& json, std::string where)
    : json_(json), where_(std::move(where)) {
  if (!json_.is_object()) throw Error(where_ + ": is not a JSON object: " + excerpt(json_));
}

void FieldReader::refuse(const std::string& name, const std::string& problem) const {
  throw Error(fmt::format("{}: {} {}", where_, name, problem));
}

const Json& FieldReader::get(const std::string& name) {
  seen_.insert(name);
  if (!json_.contains(name)) refuse(name, "is missing");
  return json_.at(name);
}

double FieldReader::number(const std::string& name, const Json& value, Range range,
                           bool whole) const {
  if (!value.is_number()) refuse(name, "is not a number: " + excerpt(value));
  const double result = value.get<double>();
  if (whole && !value.is_number_integer()) {
    refuse(name, "is not a whole number: " + excerpt(value));
  }
  if (!in_range(result, range)) refuse(name, range_problem(result, range));
  return result;
}

void FieldReader::field(const char* name, std::string& value) {
  const Json& json = get(name);
  if (!json.is_string()) refuse(name, "is not a text: " + excerpt(json));
  value = json.get<std::string>();
}
void FieldReader::field(const char* name, bool& value) {
  const Json& json = get(name);
  if (!json.is_boolean()) refuse(name, "is not true or false: " + excerpt(json));
  value = json.get<bool>();
}
void FieldReader::field(const char* name, int& value, Range range) {
  const Range limits{std::max<double>(range.low, std::numeric_limits<int>::min()),
                     std::min<double>(range.high, std::numeric_limits<int>::max())};
  value = static_cast<int>(number(name, get(name), limits, true));
}
void FieldReader::field(const char* name, std::int64_t& value, Range range) {
  const Json& json = get(name);
  const Range limits{std::max(range.low, -9e18), std::min(range.high, 9e18)};
  number(name, json, limits, true);
  value = json.get<std::int64_t>();
}
void FieldReader::field(const char* name, double& value, Range range) {
  value = number(name, get(name), range, false);
}
void FieldReader::field(const char* name, float& value, Range range) {
  value = static_cast<float>(number(name, get(name), float_range(range), false));
}
void FieldReader::field(const char* name, std::vector<std::string>& values) {
  const Json& json = get(name);
  if (!json.is_array()) refuse(name, "is not an array: " + excerpt(json));
  values.clear();
  for (const Json& element : json) {
    if (!element.is_string()) refuse(name, "holds something else than text: " + excerpt(element));
    values.push_back(element.get<std::string>());
  }
}
void FieldReader::choice(const char* name, std::string& value,
                         const std::vector<std::string>& words) {
  field(name, value);
  if (std::find(words.begin(), words.end(), value) == words.end()) {
    refuse(name, fmt::format("is '{}', not one of {}", value, fmt::join(words, ", ")));
  }
}

void FieldReader::finish() const {
  for (auto it = json_.begin(); it != json_.end(); ++it) {
    if (seen_.count(it.key()) == 0) refuse(it.key(), "is not a field of this object");
  }
}

Json read_json(const std::string& path) {
  const std::string text = read_file(path);
  if (text.empty()) throw Error(path + ": the file is empty");
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format("{}: not JSON: {}", path, error.what()));
  }
}

std::string pretty(const Json& json) {
  std::string text;
  put_pretty(json, text, 0);
  return text + "\n";
}

std::string excerpt(const Json& value) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

}  // namespace tally
