// SPDX-License-Identifier: Apache-2.0
#include "golden/report/page.hpp"

#include <kainjow/mustache.hpp>
#include <stdexcept>

#include "golden/report/template.hpp"

namespace tally {
namespace {

namespace mustache = kainjow::mustache;

mustache::data as_data(const Json& json) {
  if (json.is_object()) {
    mustache::data object(mustache::data::type::object);
    for (const auto& [key, value] : json.items()) object.set(key, as_data(value));
    return object;
  }
  if (json.is_array()) {
    mustache::data list(mustache::data::type::list);
    for (const Json& element : json) list.push_back(as_data(element));
    return list;
  }
  if (json.is_boolean()) {
    return mustache::data(json.get<bool>() ? mustache::data::type::bool_true
                                           : mustache::data::type::bool_false);
  }
  return mustache::data(json.get<std::string>());
}

}  // namespace

std::string render_page(const char* page, Json view) {
  view["style"] = kReportStyle;
  mustache::mustache parsed{std::string(page)};
  if (!parsed.is_valid()) throw std::logic_error("page: " + parsed.error_message());
  return parsed.render(as_data(view));
}

}  // namespace tally
