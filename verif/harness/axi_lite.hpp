// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "verif/harness/port.hpp"
#include "verif/harness/sim.hpp"
#include "verif/harness/stall.hpp"

namespace tally::verif {

/// The ports of an AXI4-Lite slave, in the order of the standard; leave `wstrb` out where there is
/// none.
struct AxiLitePorts {
  Port awvalid, awready, awaddr;
  Port wvalid, wready, wdata, wstrb;
  Port bvalid, bready, bresp;
  Port arvalid, arready, araddr;
  Port rvalid, rready, rdata, rresp;
};

enum class AxiResponse { kOkay = 0, kExclusiveOkay = 1, kSlaveError = 2, kDecodeError = 3 };

/// AXI4-Lite master: each call ticks the simulation until its response has come. Address and data
/// of a write are offered independently, each when its stall pattern allows, so either may come
/// first. Throws Failure when a response falls or changes before it is taken, or comes unasked.
template <class Model>
class AxiLiteMaster : public Agent {
 public:
  AxiLiteMaster(Sim<Model>& sim, AxiLitePorts ports) : sim_(sim), p_(ports) {
    idle_ports();
    sim_.attach(*this);
  }

  /// Patterns of the address channels, of write data, and of taking responses.
  void set_stalls(Stall address, Stall data, Stall response) {
    address_stall_ = std::move(address);
    data_stall_ = std::move(data);
    response_stall_ = std::move(response);
  }

  AxiResponse write(std::uint32_t address, std::uint32_t data, std::uint8_t strobe = 0xF) {
    p_.awaddr.set(address);
    p_.wdata.set(data);
    p_.wstrb.set(strobe);
    address_write_ = data_write_ = response_write_ = Channel{true, false, false};
    sim_.tick_until([this] { return !response_write_.pending; });
    return static_cast<AxiResponse>(response_);
  }

  struct ReadResult {
    std::uint32_t data;
    AxiResponse response;
  };
  ReadResult read(std::uint32_t address) {
    p_.araddr.set(address);
    address_read_ = response_read_ = Channel{true, false, false};
    sim_.tick_until([this] { return !response_read_.pending; });
    return {data_, static_cast<AxiResponse>(response_)};
  }

  void drive() override {
    // Each pattern is asked once a cycle, so that it means time.
    const bool hold_address = address_stall_.next();
    offer(address_write_, p_.awvalid, hold_address);
    offer(data_write_, p_.wvalid, data_stall_.next());
    offer(address_read_, p_.arvalid, hold_address);
    const bool take = !response_stall_.next();
    p_.bready.set(take);
    p_.rready.set(take);
  }

  void sample(std::uint64_t cycle) override {
    // A write response may not come before both address and data were taken.
    const bool write_asked =
        response_write_.pending && !address_write_.pending && !data_write_.pending;
    const bool read_asked = response_read_.pending && !address_read_.pending;
    accept(address_write_, p_.awready);
    accept(data_write_, p_.wready);
    accept(address_read_, p_.arready);
    respond(response_write_, p_.bvalid, p_.bready, write_asked, p_.bresp.get(), "write", cycle);
    respond(response_read_, p_.rvalid, p_.rready, read_asked, p_.rresp.get() << 32 | p_.rdata.get(),
            "read", cycle);
  }

  void restart() override {
    address_write_ = data_write_ = response_write_ = address_read_ = response_read_ = {};
    idle_ports();
  }

 private:
  /// `pending`: not yet transferred; `up`: offered, on a response channel seen but not taken.
  struct Channel {
    bool pending = false;
    bool up = false;
    std::uint64_t seen = 0;
  };

  static void offer(Channel& channel, Port& valid, bool hold) {
    if (channel.pending && !hold) channel.up = true;
    valid.set(channel.pending && channel.up);
  }

  static void accept(Channel& channel, const Port& ready) {
    if (channel.pending && channel.up && ready.get() != 0) channel.pending = false;
  }

  void respond(Channel& channel, const Port& valid, const Port& ready, bool asked,
               std::uint64_t value, const char* name, std::uint64_t cycle) {
    const auto fail = [&](const char* what) {
      throw Failure(std::string("AXI4-Lite ") + name + " response " + what + ", in cycle " +
                    std::to_string(cycle));
    };
    if (valid.get() == 0) {
      if (channel.up) fail("fell before ready");
      return;
    }
    if (!asked) fail("without a request");
    if (channel.up && channel.seen != value) fail("changed before ready");
    channel.up = true;
    channel.seen = value;
    if (ready.get() == 0) return;
    channel = {};
    response_ = static_cast<unsigned>(name[0] == 'w' ? value : value >> 32);
    data_ = static_cast<std::uint32_t>(value);
  }

  void idle_ports() {
    for (Port* valid : {&p_.awvalid, &p_.wvalid, &p_.arvalid}) valid->set(0);
    for (Port* ready : {&p_.bready, &p_.rready}) ready->set(0);
  }

  Sim<Model>& sim_;
  AxiLitePorts p_;
  Stall address_stall_, data_stall_, response_stall_;
  Channel address_write_, data_write_, response_write_, address_read_, response_read_;
  unsigned response_ = 0;
  std::uint32_t data_ = 0;
};

}  // namespace tally::verif
