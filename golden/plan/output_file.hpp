// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace tally {

/// Throws Error if `path` cannot become a file: missing folder, no permission, or a folder itself.
/// Called before long work, so that an hour of search does not end in "no such directory".
void check_writable(const std::string& path);

/// Writes `content` to `path` as a whole or not at all: into a temporary file of the same folder,
/// flushed to disk, then renamed. On any failure (a full disk) the temporary file is removed, an
/// existing `path` keeps its old content, and Error names the path and the reason.
/// A path that exists and is no regular file (/dev/stdout, /dev/full, a pipe) is written directly.
void write_file(const std::string& path, const std::string& content);

/// The whole file as bytes; Error names the path if it is missing, a folder, or unreadable.
std::string read_file(const std::string& path);

/// SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
std::string sha256(std::span<const std::uint8_t> bytes);

}  // namespace tally
