// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/upkeep_routes.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>

#include "api/answers.hpp"
#include "api/metrics_page.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr int most_listed = 500;

json::object count_view(const GcCount& count) { return {{"number", count.number}, {"bytes", count.bytes}}; }

template <class T>
bool read_number(const json::object& from, const char* key, T& to) {
  const auto* value = from.if_contains(key);
  if (!value) return true;
  boost::system::error_code error;
  const auto number = value->to_number<T>(error);
  if (error || number < T{}) return false;
  to = number;
  return true;
}

template <class T>
bool read_number(const json::object& from, const char* key, std::optional<T>& to) {
  if (!from.contains(key)) return true;
  T number{};
  if (!read_number(from, key, number)) return false;
  to = number;
  return true;
}

}  // namespace

ApiResponse UpkeepRoutes::metrics() {
  if (!upkeep_.database) return not_found();
  MetricsData data;
  data.version = KLAB_VERSION;
  auto totals = TotalStore(*upkeep_.database).read();
  if (!totals) return error_response(totals.error());
  data.totals = std::move(*totals);
  auto standings = lab_.hosts.standings();
  if (!standings) return error_response(standings.error());
  for (const auto& [host, spec] : lab_.config.hosts) {
    const auto& standing = (*standings)[host];
    const auto lease = queue_.leases().lease(host);
    data.hosts[host] = standing.quarantine ? "quarantined" : lease ? "in use" : standing.reservation ? "reserved" : "free";
  }
  if (upkeep_.notifier) {
    auto states = upkeep_.notifier->store().states();
    if (!states) return error_response(states.error());
    data.notifications = std::move(*states);
  }
  auto standing = lab_.trends.aa_standing();
  if (!standing) return error_response(standing.error());
  data.aa = *standing;
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  data.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  std::ifstream pages("/proc/self/statm");
  if (double size = 0.0, resident = 0.0; pages >> size >> resident) data.resident_bytes = resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
  data.started = started_;
  return {200, metrics_content_type, render_metrics(data), {}};
}

ApiResponse UpkeepRoutes::notifications(const ApiRequest& request) {
  auto& store = upkeep_.notifier->store();
  if (request.method == "GET" && request.path.size() == 2) {
    auto deliveries = store.list(most_listed);
    if (!deliveries) return error_response(deliveries.error());
    json::array entries;
    for (const auto& d : *deliveries) {
      json::object entry{{"id", d.notification.id}, {"event", d.notification.event}, {"kind", d.notification.kind},
                         {"subject", printable(d.notification.subject)}, {"created", d.notification.created}, {"channel", d.channel},
                         {"state", d.state}, {"attempts", d.attempts}, {"next_attempt", nullptr}, {"last_error", printable(d.last_error)}};
      if (d.state == "waiting") entry["next_attempt"] = d.next_attempt;
      entries.push_back(std::move(entry));
    }
    json::object body;
    body["notifications"] = std::move(entries);
    return json_response(body);
  }
  if (request.method != "POST" || request.path.size() != 4 || request.path[3] != "retry") return not_found();
  if (!request.peer.may_write) return forbidden("retry");
  const auto asked = number(request.path[2]);
  if (!asked) return not_found();
  const auto id = *asked;
  auto again = store.retry(id, lab_.now());
  if (!again) return error_response(again.error());
  if (!*again) return error_response(input_error("cannot retry notification {}: nothing of it is left to tell; klab notifications lists them", id), 404);
  lab_.bell.ring();
  json::object body;
  body["id"] = id;
  return json_response(body);
}

asio::awaitable<ApiResponse> UpkeepRoutes::gc(ApiRequest request) {
  if (request.method != "POST" || request.path.size() != 2) co_return not_found();
  if (!request.peer.may_write) co_return forbidden("free space");
  auto wanted = upkeep_.gc->configured();
  boost::system::error_code error;
  const auto body = request.body.empty() ? json::value(json::object()) : json::parse(request.body, error);
  const auto* options = error ? nullptr : body.if_object();
  if (!options || !read_number(*options, "older_than", wanted.older_than) || !read_number(*options, "cache_size", wanted.cache_size) ||
      !read_number(*options, "boots_size", wanted.boots_size))
    co_return error_response(input_error("cannot read the request: an object with older_than in seconds, cache_size and boots_size in bytes is"
                                         " wanted"));
  if (const auto* dry = options->if_contains("dry_run")) wanted.dry_run = dry->is_bool() && dry->get_bool();
  auto done = co_await upkeep_.gc->collect(wanted);
  if (!done) co_return error_response(done.error());
  json::array kinds, unknown, notes;
  GcCount freed;
  for (const auto& kind : done->kinds) {
    freed.number += kind.freed.number;
    freed.bytes += kind.freed.bytes;
    kinds.push_back({{"kind", kind.kind}, {"freed", count_view(kind.freed)}, {"kept", count_view(kind.kept)}, {"in_use", count_view(kind.in_use)}});
  }
  for (const auto& path : done->unknown) unknown.emplace_back(printable(path));
  for (const auto& note : done->notes) notes.emplace_back(printable(note));
  json::object answer{{"dry_run", wanted.dry_run}, {"freed", count_view(freed)}, {"kinds", std::move(kinds)}, {"unknown", std::move(unknown)},
                      {"notes", std::move(notes)}};
  co_return json_response(answer);
}

asio::awaitable<ApiResponse> UpkeepRoutes::answer(ApiRequest request) {
  if (request.path[1] == "notifications" && upkeep_.notifier) co_return notifications(request);
  if (request.path[1] == "gc" && upkeep_.gc) co_return co_await gc(std::move(request));
  co_return not_found();
}

}  // namespace klab
