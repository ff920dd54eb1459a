// SPDX-License-Identifier: Apache-2.0
#include "golden/plan/run_record.hpp"

#include "golden/plan/json_fields.hpp"

namespace tally {

template <class Fields>
void list_fields(Fields& f, LayerRun& l) {
  f.field("name", l.name);
  f.field("tiles", l.tiles, kNotNegative);
  f.field("vectors", l.vectors, kNotNegative);
  f.field("compared", l.compared, kNotNegative);
  f.field("mismatches", l.mismatches, kNotNegative);
  f.field("multiplications", l.multiplications, kNotNegative);
  f.field("term_pairs", l.term_pairs, kNotNegative);
  f.field("worst_error", l.worst_error, kNotNegative);
  f.field("cycles", l.cycles, kNotNegative);
  f.field("counting_cycles", l.counting_cycles, kNotNegative);
  f.field("utilization", l.utilization, kFraction);
}

template <class Fields>
void list_fields(Fields& f, RunRecord& r) {
  f.field("schema_version", r.schema_version, {kRunSchemaVersion, kRunSchemaVersion});
  f.field("tools", r.tools);
  f.field("command", r.command);
  f.field("model_sha256", r.model_sha256);
  f.choice("device", r.device, {"emulator", "rtl", "uart"});
  f.field("config", r.config);
  f.field("reference", r.reference);
  f.field("data", r.data);
  f.field("samples", r.samples, kNotNegative);
  f.field("batch", r.batch, {1, 1e9});
  f.choice("metric_name", r.metric_name, {"top-1", "perplexity", "embedding"});
  const Range range = r.metric_name == "top-1" ? kFraction : kAny;
  f.field("metric", r.metric, range);
  f.field("float_metric", r.float_metric, range);
  f.field("compared", r.compared, kNotNegative);
  f.field("mismatches", r.mismatches, kNotNegative);
  f.field("cycles", r.cycles, kNotNegative);
  f.field("utilization", r.utilization, kFraction);
  f.field("seconds", r.seconds, kNotNegative);
  f.objects("layers", "layer", r.layers);
}

RunRecord read_run(const std::string& path) { return read_record<RunRecord>(path); }

void write_run(const std::string& path, const RunRecord& run) { write_record(path, run); }

}  // namespace tally
