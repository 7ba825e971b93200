// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string>

namespace klab::cli {

// The daemon's answers about hosts as text for people. Pure; control characters are made inert.

std::string render_hosts(const boost::json::object& answer, std::size_t columns);   // GET /api/hosts
std::string render_host(const boost::json::object& host);                           // GET /api/hosts/NAME
std::string render_probe(const boost::json::object& probe);                         // POST .../probe
std::string render_health(const boost::json::object& host, std::size_t columns);    // GET .../health
// What a POST to reserve, quarantine, release or health has changed.
std::string render_change(const std::string& verb, const boost::json::object& host);

// Not quarantined, and its latest probe found nothing wrong. Of GET .../health.
bool is_healthy(const boost::json::object& host);

}  // namespace klab::cli
