// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/mail_routes.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "report/b4_check.hpp"
#include "report/mail.hpp"
#include "util/text.hpp"

namespace klab {
namespace json = boost::json;

std::string page_url(const Config& config, std::int64_t experiment) {
  const auto colon = config.pages.rfind(':');
  if (config.pages.empty() || colon == std::string::npos) return {};
  std::string host = config.pages.substr(0, colon);
  if (!config.page_hosts.empty()) host = config.page_hosts.front();
  else if (host.starts_with("127.") || host == "localhost" || host == "[::1]" || host == "0.0.0.0" || host == "[::]") return {};
  return fmt::format("http://{}{}/experiments/{}", host, config.pages.substr(colon), experiment);
}

Result<std::optional<ApiResponse>> mail_report(Lab& lab, const ExperimentRecord& record, const Report& report, const std::string& format) {
  if (format != "mail" && format != "mail-parts" && format != "b4-check") return std::optional<ApiResponse>();
  auto slots = lab.boots.slots(record.id);
  if (!slots) return slots.error();
  MailSource source{report, record.plan, {}, record.outcome, record.message, record.tail, 0, 0, true};
  for (const auto& arm : record.arms) source.commits.push_back(arm.commit);
  source.boots_planned = static_cast<int>(slots->size());
  source.boots_done = static_cast<int>(std::count_if(slots->begin(), slots->end(), [](const Slot& slot) { return slot.result.has_value(); }));
  for (const auto& arm : record.plan.arms)
    if (const auto machine = lab.config.machines.find(arm.machine); machine == lab.config.machines.end() || machine->second.driver == "ipmi")
      source.boots_reproduce = false;
  if (format == "b4-check") {
    ApiResponse response;
    response.body = render_b4_check(source, page_url(lab.config, record.id));
    return std::optional(std::move(response));
  }
  const auto mail = make_mail(source);
  if (format == "mail") return std::optional(text_response(render_mail(mail)));
  ApiResponse response;
  response.body = json::serialize(json::object{{"to", mail.to},
                                               {"cc", json::array(mail.cc.begin(), mail.cc.end())},
                                               {"left_out", mail.left_out},
                                               {"subject", mail.subject},
                                               {"in_reply_to", mail.in_reply_to},
                                               {"body", mail.body}});
  return std::optional(std::move(response));
}

ApiResponse message_lookup(Lab& lab, const std::string& message_id) {
  auto found = lab.experiments.newest_of_message(message_id);
  if (!found) return error_response(found.error());
  json::object body{{"experiment", nullptr}};
  if (*found) body["experiment"] = **found;
  ApiResponse response;
  response.body = json::serialize(body);
  return response;
}

}  // namespace klab
