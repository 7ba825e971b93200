// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "cli/client.hpp"
#include "cli/streams.hpp"
#include "cli/submit_request.hpp"

namespace klab::cli {

// `klab submit`: gathers the sources, reads them once for early errors, sends the request. With options.wait
// goes on as watch() does. Returns the exit code.
int submit(Streams& streams, Client& client, const SubmitOptions& options);

// `klab run FILE`: the arms and contrasts of an experiment.toml; sources of its series are relative to the
// file's directory, git ranges are of the repository there.
int run_file(Streams& streams, Client& client, const std::filesystem::path& file, bool wait, bool json);

}  // namespace klab::cli
