// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tally {

/// While it lives, what libraries print on standard error goes nowhere: the readers behind OpenVINO
/// (protobuf) log lines about a broken file before they fail, and we say it in one message of our
/// own. Redirects the process's descriptor 2, so only for moments in which no other thread has
/// anything to say. Does nothing if the redirection is impossible.
class QuietStandardError {
 public:
  QuietStandardError();
  ~QuietStandardError();
  QuietStandardError(const QuietStandardError&) = delete;
  QuietStandardError& operator=(const QuietStandardError&) = delete;

 private:
  int saved_ = -1;
};

}  // namespace tally
