// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/config.hpp"
#include "report/mail_draft.hpp"

namespace klab::cli {

// Who sends from here, now: mail.from of the configuration, else git's user.name and user.email, else the user's entry
// in passwd at this host's name. Runs git. Kind input when none of these has an address that can stand in a header.
Result<MailSender> this_sender(const MailConfig& config);

}  // namespace klab::cli
