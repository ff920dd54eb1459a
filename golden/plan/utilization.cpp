// SPDX-License-Identifier: Apache-2.0
#include "golden/plan/utilization.hpp"

#include "golden/plan/json_fields.hpp"

namespace tally {

template <class Fields>
void list_fields(Fields& f, UtilizationRow& r) {
  f.field("name", r.name);
  f.field("config", r.config);
  f.field("n", r.n, {2, 7});
  f.field("offset", r.offset);
  f.field("inputs", r.inputs, kPositive);
  f.field("outputs", r.outputs, kPositive);
  f.field("vectors", r.vectors, kPositive);
  f.field("cycles", r.cycles, kPositive);
  f.field("counting_cycles", r.counting_cycles, kNotNegative);
  f.field("utilization", r.utilization, kFraction);
  f.field("target", r.target, kFraction);
}

template <class Fields>
void list_fields(Fields& f, UtilizationTable& t) {
  f.field("tools", t.tools);
  f.field("command", t.command);
  f.objects("rows", "row", t.rows);
}

UtilizationTable read_utilization(const std::string& path) {
  return read_record<UtilizationTable>(path);
}

void write_utilization(const std::string& path, const UtilizationTable& table) {
  write_record(path, table);
}

}  // namespace tally
