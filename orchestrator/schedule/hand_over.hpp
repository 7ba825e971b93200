// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <stop_token>

#include "model/notification.hpp"
#include "util/result.hpp"

namespace klab {

// The same for every attempt, so that a receiver can drop what it has had: "lab.example/night:42".
std::string notification_id(const Notification& notification, const std::string& lab);
std::string notification_json(const Notification& notification, const std::string& lab);

std::string notification_mail(const NotifyChannel& channel, const Notification& notification, const std::string& lab);

// One attempt. An error says why it was not handed over; of kind stopped, that nobody knows. What is handed over may
// be handed over again when klabd is killed before it could store that: hence the number.
boost::asio::awaitable<Result<void>> hand_over(NotifyChannel channel, Notification notification, std::string lab, std::stop_token stop);

}  // namespace klab
