// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "intake/message.hpp"

namespace klab {

// One mbox message that `git am` takes, the same bytes for the same patch however it was sent: UTF-8, 8bit,
// From_ line with a zero id, the patch's author in From:. A date that git would not take is replaced by the
// epoch, so that applying never depends on the clock. A diff with CR LF lines of its own is sent as base64,
// because mail would lose them. `number` of `total` counts from 1; `version` is the series'.
std::string compose_mail(const Message& message, int version, int number, int total);

}  // namespace klab
