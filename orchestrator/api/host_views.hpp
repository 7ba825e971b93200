// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>

#include "pipeline/lab.hpp"
#include "pipeline/progress.hpp"
#include "schedule/leases.hpp"

namespace klab {

// What is known of a host, as JSON, all text printable. No part of it is a password, or where it comes from.

// Of a listing: configuration in short, and in what state it is.
Result<boost::json::object> host_line(Lab& lab, const ProgressBoard& board, const Leases& leases, const HostSpec& host);
// With its whole configuration, what happened to it, and its latest boots.
Result<boost::json::object> host_view(Lab& lab, const ProgressBoard& board, const Leases& leases, const HostSpec& host);
// What speaks for and against it: its state, the latest probe, outcomes of boots, the latest A/A run.
Result<boost::json::object> health_view(Lab& lab, const ProgressBoard& board, const Leases& leases, const HostSpec& host);
boost::json::object probe_view(const HostProbe& probe);

}  // namespace klab
