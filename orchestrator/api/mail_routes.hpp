// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "api/http.hpp"
#include "model/comparison.hpp"
#include "pipeline/lab.hpp"

namespace klab {

// The reports that need more than the numbers: "mail", "mail-parts" (JSON, for a klab that writes a draft) and
// "b4-check". Nothing for another format. Reactor thread.
Result<std::optional<ApiResponse>> mail_report(Lab& lab, const ExperimentRecord& record, const Report& report, const std::string& format);

// GET /api/messages?id=...: {"experiment": N}, the newest one that compares the series of that mail, or null.
ApiResponse message_lookup(Lab& lab, const std::string& message_id);

// "http://lab.example.org:8080/experiments/17"; empty where pages are for this machine alone.
std::string page_url(const Config& config, std::int64_t experiment);

}  // namespace klab
