// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "util/process.hpp"
#include "util/result.hpp"

namespace klab {

// A file of the cache that one command makes: `directory`/`name`, with its checksum beside it. The file is
// made when it is missing or differs from its checksum. `command` is given the path to write to. `what` goes
// into messages: "the guest image". An end of the command other than success is an error of kind lab with the
// end of its output. On the reactor thread.
struct MadeFile {
  std::filesystem::path directory;
  std::string name;
  std::string what;
  std::function<ProcessSpec(const std::filesystem::path& out)> command;
};
boost::asio::awaitable<Result<std::filesystem::path>> made_file(MadeFile file, std::stop_token stop);

}  // namespace klab
