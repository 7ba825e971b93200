// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/client.hpp"
#include "cli/streams.hpp"
#include "config/config.hpp"

namespace klab::cli {

// Scripts and the manual page, written from the program's own commands and options, so that they cannot say anything
// else than the program does. Hidden commands are left out. Pure.
std::string bash_completion(const CLI::App& program);
std::string zsh_completion(const CLI::App& program);
std::string manual_sections(const CLI::App& program);  // roff: OPTIONS and COMMANDS of klab(1)

// `klab names KIND`, for those scripts: one name a line. Of "experiments" and "hosts" klabd is asked, and nothing said
// when it does not answer; "machines", "matrices", "trees", "workloads" and "kconfigs" are the configuration's here. A
// name that a shell would take for more than a word is left out.
int print_names(Streams& streams, Client& client, const Config& config, const std::string& kind);

}  // namespace klab::cli
