rtl/tally_pkg.sv
rtl/tally_stream_register.sv
rtl/tally_array_counter.sv
rtl/tally_counter_set.sv
rtl/tally_lane.sv
