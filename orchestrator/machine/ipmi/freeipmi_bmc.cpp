// SPDX-License-Identifier: GPL-3.0-or-later
#include <freeipmi/freeipmi.h>

#include <type_traits>

#include "machine/ipmi/bmc.hpp"
#include "machine/ipmi/secret.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

// How long a session waits for answers, and after how long it asks again. A BMC that is slow answers a
// repeated request by doing the thing again, so a verb is repeated late and rarely.
struct Patience {
  unsigned session_ms;
  unsigned retransmit_ms;
};
constexpr Patience for_questions{6000, 500};
constexpr Patience for_verbs{20000, 1000};

struct DestroyObject {
  void operator()(fiid_obj_t object) const { fiid_obj_destroy(object); }
};
using Object = std::unique_ptr<std::remove_pointer_t<fiid_obj_t>, DestroyObject>;

Object make_object(fiid_template_t layout) { return Object(fiid_obj_create(layout)); }

std::uint64_t field(const Object& object, const char* name) {
  std::uint64_t value = 0;
  if (FIID_OBJ_GET(object.get(), name, &value) < 0) return 0;
  return value;
}

class Session {
 public:
  explicit Session(const HostSpec& host) : host_(host), context_(ipmi_ctx_create()) {}
  ~Session() {
    if (!context_) return;
    if (open_) ipmi_ctx_close(context_);
    ipmi_ctx_destroy(context_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Result<void> open(Patience patience) {
    if (!context_) return lab_error("cannot speak to the BMC of host \"{}\": out of memory", host_.name);
    auto password = read_password(host_);
    if (!password) return password.error();
    const int opened = ipmi_ctx_open_outofband_2_0(context_, bmc_place(host_).c_str(), host_.user.c_str(), password->text(), nullptr, 0,
                                                   IPMI_PRIVILEGE_LEVEL_ADMIN, static_cast<std::uint8_t>(host_.cipher_suite),
                                                   patience.session_ms, patience.retransmit_ms, chassis_workarounds(host_),
                                                   IPMI_FLAGS_DEFAULT);
    if (opened < 0) return explain_login();
    open_ = true;
    return {};
  }

  // What a command's error means; nothing when there is none.
  Result<void> check(int status, const char* what, const Object& answer) {
    if (status >= 0) return {};
    const int number = ipmi_ctx_errnum(context_);
    if (number == IPMI_ERR_SESSION_TIMEOUT || number == IPMI_ERR_CONNECTION_TIMEOUT || number == IPMI_ERR_MESSAGE_TIMEOUT)
      return lab_error("cannot {} of host \"{}\": its BMC at {} stopped answering", what, host_.name, bmc_place(host_));
    const auto code = field(answer, "comp_code");
    if (code != 0)
      return lab_error("cannot {} of host \"{}\": its BMC refuses (completion code 0x{:02x})", what, host_.name, code);
    return lab_error("cannot {} of host \"{}\": {}", what, host_.name, ipmi_ctx_errormsg(context_));
  }

  ipmi_ctx_t context() { return context_; }

 private:
  Error explain_login() {
    const std::string place = bmc_place(host_);
    switch (ipmi_ctx_errnum(context_)) {
      case IPMI_ERR_USERNAME_INVALID:
        return input_error("cannot log in to the BMC of host \"{}\" at {}: it has no user \"{}\"; mend user", host_.name, place, host_.user);
      case IPMI_ERR_PASSWORD_INVALID:
      case IPMI_ERR_PASSWORD_VERIFICATION_TIMEOUT:
        return input_error("cannot log in to the BMC of host \"{}\" at {}: it refuses the password of user \"{}\"; mend password_file "
                           "or password_command",
                           host_.name, place, host_.user);
      case IPMI_ERR_CIPHER_SUITE_ID_UNAVAILABLE:
        return input_error("cannot log in to the BMC of host \"{}\" at {}: it does not offer cipher suite {}; mend cipher_suite "
                           "(ipmitool channel getciphers ipmi lists them)",
                           host_.name, place, host_.cipher_suite);
      case IPMI_ERR_PRIVILEGE_LEVEL_INSUFFICIENT:
      case IPMI_ERR_PRIVILEGE_LEVEL_CANNOT_BE_OBTAINED:
        return input_error("cannot log in to the BMC of host \"{}\" at {}: user \"{}\" is no administrator of it; give it one that is",
                           host_.name, place, host_.user);
      case IPMI_ERR_HOSTNAME_INVALID:
        return input_error("cannot reach the BMC of host \"{}\": \"{}\" is no address; mend bmc", host_.name, host_.bmc_address);
      case IPMI_ERR_IPMI_2_0_UNAVAILABLE:
        return input_error("cannot log in to the BMC of host \"{}\" at {}: it does not speak IPMI 2.0; see workarounds", host_.name, place);
      case IPMI_ERR_CONNECTION_TIMEOUT:
      case IPMI_ERR_SESSION_TIMEOUT:
        return lab_error("cannot reach the BMC of host \"{}\" at {}: no answer; look at its network, its power and whether IPMI over "
                         "LAN is enabled",
                         host_.name, place);
      case IPMI_ERR_IPMI_ERROR:
      case IPMI_ERR_BAD_RMCPPLUS_STATUS_CODE:
        // What several BMCs answer to a suite that they do not have, instead of saying so.
        return lab_error("cannot log in to the BMC of host \"{}\" at {}: {}; perhaps it does not offer cipher suite {}: mend cipher_suite",
                         host_.name, place, ipmi_ctx_errormsg(context_), host_.cipher_suite);
      default:
        return lab_error("cannot log in to the BMC of host \"{}\" at {}: {}", host_.name, place, ipmi_ctx_errormsg(context_));
    }
  }

  const HostSpec& host_;
  ipmi_ctx_t context_;
  bool open_ = false;
};

std::string_view words(PowerVerb verb) {
  switch (verb) {
    case PowerVerb::on: return "switch on the power";
    case PowerVerb::off: return "switch off the power";
    case PowerVerb::interrupt: return "interrupt the processors";
  }
  return "command the power";
}

std::uint8_t number(PowerVerb verb) {
  switch (verb) {
    case PowerVerb::on: return IPMI_CHASSIS_CONTROL_POWER_UP;
    case PowerVerb::off: return IPMI_CHASSIS_CONTROL_POWER_DOWN;
    case PowerVerb::interrupt: return IPMI_CHASSIS_CONTROL_PULSE_DIAGNOSTIC_INTERRUPT;
  }
  return IPMI_CHASSIS_CONTROL_POWER_DOWN;
}

class FreeipmiBmc : public Bmc {
 public:
  explicit FreeipmiBmc(HostSpec host) : host_(std::move(host)) {}

  Result<bool> is_on() override {
    Session session(host_);
    if (auto opened = session.open(for_questions); !opened) return opened.error();
    auto answer = make_object(tmpl_cmd_get_chassis_status_rs);
    auto asked = session.check(ipmi_cmd_get_chassis_status(session.context(), answer.get()), "read the power state", answer);
    if (!asked) return asked.error();
    return field(answer, "current_power_state.power_is_on") != 0;
  }

  Result<void> command(PowerVerb verb) override {
    Session session(host_);
    if (auto opened = session.open(for_verbs); !opened) return opened;
    auto answer = make_object(tmpl_cmd_chassis_control_rs);
    const std::string what(words(verb));
    return session.check(ipmi_cmd_chassis_control(session.context(), number(verb), answer.get()), what.c_str(), answer);
  }

  Result<void> set_boot_device(BootDevice device, NetbootWay way) override {
    Session session(host_);
    if (auto opened = session.open(for_verbs); !opened) return opened;
    const std::uint8_t type = way == NetbootWay::uefi ? IPMI_SYSTEM_BOOT_OPTION_BOOT_FLAG_BOOT_TYPE_EFI
                                                      : IPMI_SYSTEM_BOOT_OPTION_BOOT_FLAG_BOOT_TYPE_PC_COMPATIBLE;
    const std::uint8_t wanted = device == BootDevice::network ? IPMI_SYSTEM_BOOT_OPTION_BOOT_FLAG_BOOT_DEVICE_FORCE_PXE
                                                              : IPMI_SYSTEM_BOOT_OPTION_BOOT_FLAG_BOOT_DEVICE_NO_OVERRIDE;
    auto answer = make_object(tmpl_cmd_set_system_boot_options_rs);
    const int status = ipmi_cmd_set_system_boot_options_boot_flags(
        session.context(), IPMI_SYSTEM_BOOT_OPTIONS_PARAMETER_VALID_UNLOCKED, type,
        IPMI_SYSTEM_BOOT_OPTION_BOOT_FLAG_VALID_FOR_NEXT_BOOT, IPMI_SYSTEM_BOOT_OPTION_BOOT_FLAG_VALID, 0, 0, wanted, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, answer.get());
    return session.check(status, "set the boot device", answer);
  }

  Result<BootDevice> boot_device() override {
    Session session(host_);
    if (auto opened = session.open(for_questions); !opened) return opened.error();
    auto answer = make_object(tmpl_cmd_get_system_boot_options_boot_flags_rs);
    auto asked = session.check(ipmi_cmd_get_system_boot_options_boot_flags(session.context(), 0, 0, answer.get()), "read the boot device", answer);
    if (!asked) return asked.error();
    const auto device = field(answer, "boot_device");
    if (device == IPMI_SYSTEM_BOOT_OPTION_BOOT_FLAG_BOOT_DEVICE_FORCE_PXE) return BootDevice::network;
    return device == IPMI_SYSTEM_BOOT_OPTION_BOOT_FLAG_BOOT_DEVICE_NO_OVERRIDE ? BootDevice::none : BootDevice::other;
  }

  Result<std::map<std::string, std::string>> identity() override {
    Session session(host_);
    if (auto opened = session.open(for_questions); !opened) return opened.error();
    auto answer = make_object(tmpl_cmd_get_device_id_rs);
    auto asked = session.check(ipmi_cmd_get_device_id(session.context(), answer.get()), "identify the BMC", answer);
    if (!asked) return asked.error();
    return std::map<std::string, std::string>{
        {"bmc manufacturer", fmt::format("{}", field(answer, "manufacturer_id.id"))},
        {"bmc product", fmt::format("{}", field(answer, "product_id"))},
        {"bmc firmware", fmt::format("{}.{:02x}", field(answer, "firmware_revision1.major_revision"), field(answer, "firmware_revision2.minor_revision"))}};
  }

 private:
  const HostSpec host_;
};

}  // namespace

std::unique_ptr<Bmc> make_freeipmi_bmc(HostSpec host) { return std::make_unique<FreeipmiBmc>(std::move(host)); }

}  // namespace klab
