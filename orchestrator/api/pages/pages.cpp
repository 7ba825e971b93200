// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/pages/pages.hpp"


#include "api/answers.hpp"
#include "api/pages/parts.hpp"
#include "pipeline/arm_builds.hpp"
#include "pipeline/confirmed_report.hpp"
#include "report/csv.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/page/assets.hpp"
#include "report/text.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr std::size_t most_log_bytes = 64u << 20;

Error unknown() { return input_error("cannot find this page; the navigation above leads to all there are"); }

// What is shown as text is nothing else to a browser either.
ApiResponse file_response(std::string type, std::string body, const std::string& name) {
  ApiResponse response{200, std::move(type), std::move(body), {}};
  if (!name.empty()) response.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + name + "\"");
  return response;
}

}  // namespace

ApiResponse Pages::shown(const page::Document& document, const ApiRequest& request, int status) {
  page::Setting setting;
  setting.version = KLAB_VERSION;
  setting.is_copy = request.query.count("copy") > 0;
  setting.generated = (setting.is_copy ? "Copied " : "As of ") + pages::time_text(lab_.now()) + ".";
  return {status, "text/html; charset=utf-8", page::render(document, setting), {}};
}

ApiResponse Pages::answer(const ApiRequest& request) {
  auto response = find(request);
  if (response) return std::move(*response);
  const auto& error = response.error();
  const bool missing = error.kind == ErrorKind::input;
  page::Document document;
  document.title = missing ? "Not here" : "This page could not be made";
  page::Section section;
  section.blocks.push_back(page::Note{{{.text = error.message}}, "failed", false});
  if (!error.tail.empty()) section.blocks.push_back(page::Pre{"What was said", error.tail});
  document.sections.push_back(std::move(section));
  return shown(document, request, missing ? 404 : 500);
}

Result<ApiResponse> Pages::find(const ApiRequest& request) {
  const auto& path = request.path;
  const std::string room = path.empty() ? std::string() : path[0];
  const auto page = [&](Page made) -> Result<ApiResponse> {
    if (!made) return made.error();
    return shown(*made, request);
  };
  if (path.empty()) return page(now());
  if (room == "now.json" && path.size() == 1) return news();
  if (room == "assets" && path.size() == 2) {
    auto found = page::asset(path[1]);
    if (!found) return unknown();
    ApiResponse response{200, found->content_type, std::move(found->body), {}};
    response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
    response.headers.emplace_back("ETag", "\"" + page::assets_version() + "\"");
    return response;
  }
  if (path.size() == 1) {
    if (room == "experiments") return page(experiments(request));
    if (room == "hosts") return page(hosts());
    if (room == "workloads") return page(workloads());
    if (room == "search") return search(request);
    if (room == "compare") return page(compare(request));
    if (room == "matrices") return page(matrices());
    if (room == "investigations") return page(investigations());
    return unknown();
  }
  if (path.size() > 3) return unknown();
  const std::string part = path.size() == 3 ? path[2] : std::string();
  if (part.empty() && room == "hosts") return page(host(path[1]));
  if (part.empty() && room == "workloads") return page(workload(path[1]));
  if (part.empty() && room == "matrices") return page(matrix(path[1]));
  const auto id = number(path[1]);
  if (!id) return unknown();
  if (room == "experiments")
    return part.empty()    ? page(experiment(*id))
           : part == "row" ? page(row(*id, request))
                           : part_of_experiment(*id, part, request);
  if (room == "boots") return part.empty() ? page(boot(*id)) : part_of_boot(*id, part);
  if (room == "builds") return part.empty() ? page(build(*id)) : part_of_build(*id, part);
  if (room == "nights" && part.empty()) return page(night(*id));
  if (room == "cells" && part.empty()) return page(cell(*id));
  if (room == "cells" && part == "trend") return page(trend(*id, request));
  if (room == "investigations" && part.empty()) return page(investigation(*id));
  return unknown();
}

Result<ApiResponse> Pages::part_of_experiment(std::int64_t id, const std::string& part, const ApiRequest&) {
  if (part == "progress.json") return news_of(id);
  auto record = lab_.experiments.get(id);
  if (!record) return record.error();
  const std::string name = fmt::format("klab-experiment-{}", id);
  if (part == "series.mbox") {
    std::string mails;
    for (const auto& series : record->plan.series)
      for (const auto& patch : series.patches) {
        mails += patch.mail;
        if (!mails.ends_with('\n')) mails += '\n';
      }
    return file_response("application/mbox", std::move(mails), name + ".mbox");
  }
  const bool known = part == "report.json" || part == "report.csv" || part == "report.txt" || part == "report.html";
  if (!known) return unknown();
  auto report = confirmed_report(lab_, *record);
  if (!report) return report.error();
  if (part == "report.json") return file_response("application/json", render_json(*report), name + ".json");
  if (part == "report.csv") return file_response("text/csv; charset=utf-8", render_csv(*report), name + ".csv");
  if (part == "report.txt") return file_response("text/plain; charset=utf-8", render_text(*report), {});
  return file_response("text/html; charset=utf-8", render_html(*report), name + ".html");
}

Result<ApiResponse> Pages::part_of_boot(std::int64_t id, const std::string& part) {
  if (part != "console" && part != "reproduce") return unknown();
  if (auto known = lab_.boots.get(id); !known) return known.error();
  auto text = part == "console" ? lab_.boots.console(id) : lab_.boots.reproduce(id);
  if (!text) return text.error();
  return text_response(std::move(*text));
}

Result<ApiResponse> Pages::part_of_build(std::int64_t id, const std::string& part) {
  if (part != "log" && part != "config") return unknown();
  auto build = lab_.builds.get(id);
  if (!build) return build.error();
  if (part == "config") return text_response(std::move(build->config));
  // Code of the series runs beside a build under way.
  const auto running = build_log_path(lab_.config, id);
  if (!build->outcome)
    if (auto log = read_file_beneath(running.parent_path(), running.filename(), most_log_bytes))
      return text_response(std::move(*log));
  return text_response(std::move(build->log));
}

}  // namespace klab
