// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace tally {

/// SHA-256 of a file as 64 lower-case hex digits, as sha256sum prints it. Error: cannot be read.
std::string file_sha256(const std::filesystem::path& path);

/// Identifies a model by every byte it is made of: the file itself, the .bin beside an OpenVINO
/// .xml, the .data / _data file beside an ONNX file, every file of a folder. One file: its SHA-256;
/// several: the SHA-256 of the lines "<sha256>  <name>\n" in name order. Error: cannot be read.
std::string model_checksum(const std::filesystem::path& path);

}  // namespace tally
