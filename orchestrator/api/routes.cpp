// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/routes.hpp"

#include <boost/json.hpp>

#include "api/answers.hpp"
#include "api/mail_routes.hpp"
#include "api/views.hpp"
#include "model/experiment_json.hpp"
#include "pipeline/arm_builds.hpp"
#include "pipeline/confirmed_report.hpp"
#include "pipeline/plan.hpp"
#include "report/csv.hpp"
#include "report/exit_code.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/text.hpp"
#include "util/file.hpp"
#include "util/offload.hpp"
#include "util/random.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

constexpr std::size_t most_log_bytes = 64u << 20;

}  // namespace

asio::awaitable<ApiResponse> Routes::submit(ApiRequest request) {
  if (!request.peer.may_write) co_return forbidden("submit");
  auto decoded = decode_request(request.body);
  if (!decoded) co_return error_response(decoded.error());
  auto plan_it = [decoded = std::move(*decoded), this, who = request.peer.name, seed = entropy_seed()] {
    return make_plan(decoded, lab_.config, who, seed);
  };
  auto plan = co_await offload(lab_.workers, std::move(plan_it));
  if (!plan) co_return error_response(plan.error());
  auto id = lab_.experiments.add(*plan, lab_.now());
  if (!id) co_return error_response(id.error());
  queue_.notify();
  json::object body;
  body["id"] = *id;
  body["title"] = plan->title;
  co_return json_response(body, 201);
}

asio::awaitable<ApiResponse> Routes::progress(std::int64_t id, std::uint64_t seen) {
  auto known = lab_.experiments.get(id);
  if (!known) co_return lookup_error(known.error());
  if (known->state != ExperimentState::done) co_await board_.changed(id, seen, std::chrono::seconds(25));
  auto record = lab_.experiments.get(id);
  if (!record) co_return lookup_error(record.error());
  auto slots = lab_.boots.slots(id);
  if (!slots) co_return error_response(slots.error());
  json::object body;
  body["id"] = id;
  body["state"] = name(record->state);
  body["outcome"] = nullptr;
  if (record->outcome) body["outcome"] = name(*record->outcome);
  body["message"] = printable(record->message);
  body["tail"] = printable_lines(record->tail);
  body["boots_planned"] = slots->size();
  body["boots_done"] = std::count_if(slots->begin(), slots->end(), [](const Slot& slot) { return slot.result.has_value(); });
  body["now"] = lab_.now();
  // Whoever follows it waits for these too.
  body["confirmed_by"] = nullptr;
  if (record->confirmed_by) body["confirmed_by"] = *record->confirmed_by;
  body["confirming"] = record->plan.confirm && record->state == ExperimentState::done && !record->seen;
  body["progress"] = progress_view(board_.get(id));
  co_return json_response(body);
}

asio::awaitable<ApiResponse> Routes::report(std::int64_t id, std::string format) {
  auto record = lab_.experiments.get(id);
  if (!record) co_return lookup_error(record.error());
  auto report = confirmed_report(lab_, *record);
  if (!report) co_return error_response(report.error());
  ApiResponse response;
  if (format == "html") response = {200, "text/html; charset=utf-8", render_html(*report), {}};
  else if (format == "json") response = {200, "application/json", render_json(*report), {}};
  else if (format == "csv") response = {200, "text/csv; charset=utf-8", render_csv(*report), {}};
  else if (format == "text" || format.empty()) response = text_response(render_text(*report));
  else {
    auto mail = mail_report(lab_, *record, *report, format);
    if (!mail) co_return error_response(mail.error());
    if (!*mail) co_return error_response(input_error("cannot report as \"{}\": text, html, json, csv, mail and b4-check are known", printable(format)));
    response = std::move(**mail);
  }
  response.headers.emplace_back("X-Klab-Exit", fmt::format("{}", exit_code(*report)));
  co_return response;
}

ApiResponse Routes::list(const ApiRequest& request) {
  constexpr int usual = 200, most = 1000;
  const auto parameter = [&](const char* key) {
    const auto found = request.query.find(key);
    return found == request.query.end() ? std::string() : found->second;
  };
  const auto limit = number<int>(parameter("limit"));
  const auto before = number<std::int64_t>(parameter("before"));
  if ((!parameter("limit").empty() && (!limit || *limit < 1 || *limit > most)) || (!parameter("before").empty() && !before))
    return error_response(input_error("cannot list the experiments: limit is a number from 1 to {}, before the number of an experiment", most));
  auto lines = lab_.experiments.list(limit.value_or(usual), before);
  if (!lines) return error_response(lines.error());
  json::array entries;
  for (const auto& line : *lines) entries.push_back(experiment_line(line, board_.get(line.id)));
  json::object body;
  body["experiments"] = std::move(entries);
  return json_response(body);
}

ApiResponse Routes::experiment(std::int64_t id) {
  auto record = lab_.experiments.get(id);
  if (!record) return lookup_error(record.error());
  auto view = experiment_view(lab_, board_, *record);
  return view ? json_response(*view) : error_response(view.error());
}

ApiResponse Routes::cancel(std::int64_t id) {
  auto known = lab_.experiments.get(id);
  if (!known) return lookup_error(known.error());
  auto cancelled = queue_.cancel(id);
  if (!cancelled) return error_response(cancelled.error());
  auto record = lab_.experiments.get(id);
  if (!record) return lookup_error(record.error());
  json::object body;
  body["id"] = id;
  body["state"] = name(record->state);
  return json_response(body);
}

ApiResponse Routes::boot(std::int64_t id, const std::string& part) {
  auto detail = lab_.boots.get(id);
  if (!detail) return lookup_error(detail.error());
  if (part.empty()) {
    auto view = boot_view(lab_, *detail);
    return view ? json_response(*view) : error_response(view.error());
  }
  if (part != "console" && part != "reproduce") return not_found();
  auto text = part == "console" ? lab_.boots.console(id) : lab_.boots.reproduce(id);
  return text ? text_response(std::move(*text)) : error_response(text.error());
}

ApiResponse Routes::build_log(std::int64_t id) {
  auto build = lab_.builds.get(id);
  if (!build) return lookup_error(build.error());
  // Code of the series runs beside a build under way.
  const auto running = build_log_path(lab_.config, id);
  if (!build->outcome)
    if (auto log = read_file_beneath(running.parent_path(), running.filename(), most_log_bytes)) return text_response(std::move(*log));
  return text_response(build->log);
}

asio::awaitable<ApiResponse> Routes::answer(ApiRequest request) {
  const auto& path = request.path;
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (!get && !post) co_return error_response(input_error("cannot {}: GET and POST are known", printable(request.method)), 405);
  if (request.peer.is_page_reader && !get) co_return forbidden("write");
  if (path.empty() || path[0] != "api") {
    if (!get) co_return not_found();
    if (path.size() == 1 && path[0] == "metrics") co_return upkeep_.metrics();
    co_return pages_.answer(request);
  }
  if (request.peer.is_page_reader) co_return not_found();
  if (path.size() == 2 && path[1] == "version" && get) {
    json::object body;
    body["version"] = KLAB_VERSION;
    co_return json_response(body);
  }
  if (path.size() == 2 && path[1] == "experiments") {
    if (get) co_return list(request);
    co_return co_await submit(std::move(request));
  }
  if (path.size() == 2 && path[1] == "messages" && get) co_return message_lookup(lab_, request.query["id"]);
  if (path.size() >= 2 && path[1] == "hosts") co_return co_await hosts_.answer(std::move(request));
  if (path.size() >= 2 && (path[1] == "trends" || path[1] == "investigations")) co_return trends_.answer(request);
  if (path.size() >= 2 && (path[1] == "notifications" || path[1] == "gc")) co_return co_await upkeep_.answer(std::move(request));
  if (path.size() >= 2 && (path[1] == "matrices" || path[1] == "nights")) co_return co_await matrices_.answer(std::move(request));
  if (path.size() < 3) co_return not_found();
  const auto id = number<std::int64_t>(path[2]);
  if (!id) co_return not_found();
  const std::string part = path.size() > 3 ? path[3] : std::string();
  if (path.size() > 4) co_return not_found();
  if (path[1] == "experiments") {
    if (part.empty() && get) co_return experiment(*id);
    if (part == "cancel" && post) {
      if (!request.peer.may_write) co_return forbidden("cancel");
      co_return cancel(*id);
    }
    if (part == "progress" && get) {
      const std::uint64_t seen = number<std::uint64_t>(request.query["seen"]).value_or(0);
      co_return co_await progress(*id, seen);
    }
    if (part == "report" && get) co_return co_await report(*id, request.query["format"]);
  }
  if (path[1] == "boots" && get) co_return boot(*id, part);
  if (path[1] == "builds" && get && part == "log") co_return build_log(*id);
  co_return not_found();
}

}  // namespace klab
