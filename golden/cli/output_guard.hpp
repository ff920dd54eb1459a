// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tally {

/// Refuses, before any work, an output file that cannot be written (check_writable) or that would
/// overwrite what the command reads: one of `inputs`, whatever name it goes by, the weights beside
/// an OpenVINO .xml or named in an ONNX file, the labels beside an idx file, a file inside a folder
/// of images. Empty names are options that were not given. Error naming both files.
void check_output(const std::string& output, const std::vector<std::string>& inputs);

/// The same of several outputs, none of which may be another's file either.
void check_outputs(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs);

}  // namespace tally
