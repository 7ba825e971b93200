// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace klab {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);  // keeps empty parts
std::vector<std::string> split_lines(std::string_view text);            // without "\n" or "\r\n"
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string to_lower(std::string_view text);

// The last `lines` lines of `text`, for the tail of an error.
std::string tail(std::string_view text, std::size_t lines);

// `text` with every control character (escape sequences, bidirectional overrides, characters without
// width, invalid UTF-8) replaced by U+FFFD, and line breaks by a space: safe on a terminal, one line.
std::string printable(std::string_view text);
// The same, but line feeds and tabs stay.
std::string printable_lines(std::string_view text);

std::string escape_html(std::string_view text);
// As one name or value of an address: everything but letters, digits and "-._~" as %XX.
std::string percent_encoded(std::string_view text);
// What the like of that was made from; a "%" that no two hexadecimal digits follow stays.
std::string percent_decoded(std::string_view text);
// One word for /bin/sh; unquoted where that is safe.
std::string shell_quote(std::string_view word);

// "800M", "50G", "2T", or a number of bytes.
std::optional<std::uint64_t> parse_bytes(const std::string& text);
std::string human_bytes(std::uint64_t bytes);  // 512 B, 14.5 KiB, 7.3 GiB

std::string with_thousands(long long value);          // 2,569,880
std::string human_duration(std::chrono::seconds s);   // 42 s, 3 m 05 s, 2 h 07 m
std::string utc_timestamp(std::chrono::system_clock::time_point when);  // 2026-06-04T15:47:36Z

// Seconds since the epoch in this computer's time zone, as people say until when: "2026-11-21 18:00".
std::string local_time(double seconds);
std::optional<double> parse_local_time(const std::string& text);  // of that form, and a time that there is

}  // namespace klab
