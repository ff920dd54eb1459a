rtl/tally_pkg.sv
rtl/tally_stream_register.sv
