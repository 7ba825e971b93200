// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/host_routes.hpp"

#include "api/answers.hpp"
#include "api/host_views.hpp"
#include "pipeline/plan.hpp"
#include "util/offload.hpp"
#include "util/random.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr double longest_reservation = 366.0 * 24 * 3600;

ApiResponse json_response(const Result<json::object>& body, int status = 200) {
  if (!body) return error_response(body.error());
  ApiResponse response;
  response.status = status;
  response.body = json::serialize(*body);
  return response;
}

// A field of a body that is one JSON object.
Result<json::value> field(const ApiRequest& request, const char* name) {
  boost::system::error_code bad;
  const auto body = json::parse(request.body, bad);
  if (bad || !body.is_object()) return input_error("cannot read the request: its body is no JSON object");
  const auto* value = body.get_object().if_contains(name);
  if (!value) return input_error("cannot read the request: it has no \"{}\"", name);
  return *value;
}

// One line of text, of reasonable length.
Result<std::string> text_field(const ApiRequest& request, const char* name, std::size_t most) {
  auto value = field(request, name);
  if (!value) return value.error();
  const std::string text(value->is_string() ? std::string_view(value->get_string()) : std::string_view());
  if (trim(text).empty() || text.size() > most || printable(text) != text)
    return input_error("cannot use \"{}\" as {}: give 1 to {} printable characters", printable(text.substr(0, 100)), name, most);
  return std::string(trim(text));
}

}  // namespace

Result<const HostSpec*> HostRoutes::find(const std::string& name) const {
  const auto& hosts = lab_.config.hosts;
  if (const auto found = hosts.find(name); found != hosts.end()) return &found->second;
  std::vector<std::string> names;
  for (const auto& entry : hosts) names.push_back(entry.first);
  if (names.empty()) return input_error("cannot find the host \"{}\": no hosts are configured; README.md says how", printable(name));
  return input_error("cannot find the host \"{}\": configured are {}", printable(name), join(names, ", "));
}

asio::awaitable<ApiResponse> HostRoutes::answer(ApiRequest request) {
  const bool get = request.method == "GET";
  if (request.path.size() == 2) co_return get ? list() : not_found();
  if (request.path.size() > 4) co_return not_found();
  if (!get && !request.peer.may_write)
    co_return error_response(input_error("cannot change a host: this user may only read; daemon.access in klab.toml decides"), 403);
  auto host = find(request.path[2]);
  if (!host) co_return error_response(host.error(), 404);
  const std::string part = request.path.size() == 4 ? request.path[3] : std::string();
  if (get) co_return view(**host, part);
  co_return co_await write(**host, std::move(request));
}

ApiResponse HostRoutes::list() {
  json::array entries;
  for (const auto& [name, host] : lab_.config.hosts) {
    auto line = host_line(lab_, board_, queue_.leases(), host);
    if (!line) return error_response(line.error());
    entries.push_back(std::move(*line));
  }
  return json_response(json::object{{"hosts", std::move(entries)}, {"now", lab_.now()}});
}

ApiResponse HostRoutes::view(const HostSpec& host, const std::string& part) {
  if (part == "health") return json_response(health_view(lab_, board_, queue_.leases(), host));
  if (part.empty()) return json_response(host_view(lab_, board_, queue_.leases(), host));
  return not_found();
}

asio::awaitable<ApiResponse> HostRoutes::write(const HostSpec& host, ApiRequest request) {
  const std::string part = request.path.size() == 4 ? request.path[3] : std::string();
  if (part == "probe") co_return co_await probe(host);
  if (part == "health") co_return co_await run_aa(host, request.peer.name);
  if (part == "reserve") co_return reserve(host, request);
  if (part == "quarantine") co_return quarantine(host, request);
  if (part == "release") co_return release(host, request);
  co_return not_found();
}

asio::awaitable<ApiResponse> HostRoutes::probe(const HostSpec& host) {
  if (const auto lease = queue_.leases().lease(host.name)) {
    const auto who = queue_.leases().holder(*lease);
    co_return error_response(
        lab_error("cannot probe \"{}\": it is {}; try again when that is over", host.name, who), 409);
  }
  auto probed = co_await queue_.probe(host.name);
  if (!probed) co_return error_response(probed.error());
  auto body = probe_view(*probed);
  body["name"] = host.name;
  co_return json_response(body);
}

asio::awaitable<ApiResponse> HostRoutes::run_aa(const HostSpec& host, std::string submitter) {
  ExperimentRequest request;
  request.title = fmt::format("A/A: {} against itself", host.name);
  request.arms.resize(2);
  for (std::size_t i = 0; i < 2; ++i) {
    request.arms[i].label = fmt::format("a{}", i + 1);
    request.arms[i].machine = host.name;
  }
  auto plan_it = [request, this, submitter, seed = entropy_seed()] { return make_plan(request, lab_.config, submitter, seed); };
  auto plan = co_await offload(lab_.workers, std::move(plan_it));
  if (!plan) co_return error_response(plan.error());
  auto id = lab_.experiments.add(*plan, lab_.now());
  if (!id) co_return error_response(id.error());
  queue_.notify();
  co_return changed(host, {{"experiment", *id}, {"title", plan->title}});
}

// The queue looks again; the answer is the host as it is now.
ApiResponse HostRoutes::changed(const HostSpec& host, json::object more) {
  queue_.notify();
  auto body = host_line(lab_, board_, queue_.leases(), host);
  if (body)
    for (auto& entry : more) (*body)[entry.key()] = std::move(entry.value());
  return json_response(body);
}

ApiResponse HostRoutes::reserve(const HostSpec& host, const ApiRequest& request) {
  auto person = text_field(request, "person", 64);
  if (!person) return error_response(person.error());
  auto until = field(request, "until");
  if (!until) return error_response(until.error());
  const double now = lab_.now();
  const double end = until->is_number() ? until->to_number<double>() : 0.0;
  if (!(end > now && end < now + longest_reservation))
    return error_response(input_error("cannot reserve \"{}\" until {}: give a time to come, within a year", host.name, local_time(end)));
  auto standing = lab_.hosts.standing(host.name);
  if (!standing) return error_response(standing.error());
  if (standing->reservation && standing->reservation->person != *person)
    return error_response(input_error("cannot reserve \"{0}\" for {1}: it is reserved for {2} until {3}; klab host release {0} ends that",
                                      host.name, *person, standing->reservation->person, local_time(standing->reservation->until)),
                          409);
  auto stored = lab_.hosts.reserve(host.name, {*person, request.peer.name, now, end});
  return stored ? changed(host, {}) : error_response(stored.error());
}

ApiResponse HostRoutes::quarantine(const HostSpec& host, const ApiRequest& request) {
  auto reason = text_field(request, "reason", 500);
  if (!reason) return error_response(reason.error());
  auto standing = lab_.hosts.standing(host.name);
  if (!standing) return error_response(standing.error());
  if (standing->quarantine)
    return error_response(input_error("cannot quarantine \"{}\": it is already, by {}: {}", host.name, standing->quarantine->person,
                                      standing->quarantine->reason),
                          409);
  auto stored = lab_.hosts.quarantine(host.name, *reason, request.peer.name, lab_.now());
  lab_.bell.ring();
  return stored ? changed(host, {}) : error_response(stored.error());
}

ApiResponse HostRoutes::release(const HostSpec& host, const ApiRequest& request) {
  auto ended = lab_.hosts.release(host.name, request.peer.name, lab_.now());
  if (!ended) return error_response(ended.error());
  if (!ended->quarantine && !ended->reservation)
    return error_response(input_error("cannot release \"{}\": it is neither quarantined nor reserved", host.name));
  json::array released;
  if (ended->quarantine) released.emplace_back(fmt::format("quarantine ({})", printable(ended->quarantine->reason)));
  if (ended->reservation) released.emplace_back(fmt::format("reservation for {}", printable(ended->reservation->person)));
  return changed(host, {{"released", std::move(released)}});
}

}  // namespace klab
