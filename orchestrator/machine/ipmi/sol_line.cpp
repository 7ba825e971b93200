// SPDX-License-Identifier: GPL-3.0-or-later
#include <errno.h>
#include <ipmiconsole.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <stdexcept>

#include "machine/ipmi/bmc.hpp"
#include "machine/ipmi/fd_line.hpp"
#include "machine/ipmi/secret.hpp"
#include "util/offload.hpp"

namespace klab {
namespace asio = boost::asio;
namespace {

// With the library's own numbers a BMC that died is noticed after a minute; with these after five seconds.
constexpr int session_ms = 5000, retransmit_ms = 500, retransmit_count = 2, keepalive_ms = 1000, keepalive_retransmit_ms = 500;
constexpr int most_retransmits = 16, most_errors = 16;

struct DestroyContext {
  void operator()(ipmiconsole_ctx_t context) const { ipmiconsole_ctx_destroy(context); }
};
using Context = std::unique_ptr<std::remove_pointer_t<ipmiconsole_ctx_t>, DestroyContext>;

// Blocks for the password and for a name server.
Result<Context> make_context(const HostSpec& host) {
  auto password = read_password(host);
  if (!password) return password.error();
  std::string user = host.user;
  ipmiconsole_ipmi_config ipmi{user.data(), password->buffer(), nullptr, 0, IPMICONSOLE_PRIVILEGE_ADMIN, host.cipher_suite,
                               sol_workarounds(host)};
  ipmiconsole_protocol_config protocol{session_ms,       retransmit_ms, retransmit_count, keepalive_ms, keepalive_retransmit_ms,
                                       most_retransmits, most_errors};
  // Serial keep-alives are what tells of a session that another has taken: BMCs do not say so.
  ipmiconsole_engine_config engine{IPMICONSOLE_ENGINE_OUTPUT_ON_SOL_ESTABLISHED | IPMICONSOLE_ENGINE_SERIAL_KEEPALIVE, 0, 0};
  Context context(ipmiconsole_ctx_create(bmc_place(host).c_str(), &ipmi, &protocol, &engine));
  if (!context) return lab_error("cannot open the console of host \"{}\": {}", host.name, std::strerror(errno));
  return context;
}

class SolLine : public FdLine {
 public:
  SolLine(asio::any_io_executor executor, HostSpec host, asio::thread_pool& workers)
      : FdLine(executor), host_(std::move(host)), workers_(workers) {}
  ~SolLine() override { shut(); }  // before the context, which belongs to the descriptor's other end

  asio::awaitable<Result<void>> open() override {
    auto make = [host = host_] { return make_context(host); };
    Result<Context> made = co_await offload(workers_, std::move(make));
    if (!made) co_return made.error();
    context_ = std::move(*made);
    if (ipmiconsole_engine_submit(context_.get(), nullptr, nullptr) < 0) co_return explain();
    descriptor_.assign(ipmiconsole_ctx_fd(context_.get()));
    // The engine writes one NUL when the session stands.
    char established = 0;
    const auto [error, size] =
        co_await descriptor_.async_read_some(asio::buffer(&established, 1), asio::as_tuple(asio::use_awaitable));
    if (error) co_return explain();
    co_return Result<void>{};
  }

 protected:
  std::string why_ended() override {
    switch (ipmiconsole_ctx_errnum(context_.get())) {
      case IPMICONSOLE_ERR_SOL_STOLEN:
      case IPMICONSOLE_ERR_EXCESS_RETRANSMISSIONS_SENT: return "another session took it, or the BMC stopped carrying it";
      case IPMICONSOLE_ERR_SESSION_TIMEOUT:
      case IPMICONSOLE_ERR_CONNECTION_TIMEOUT: return "the BMC stopped answering";
      default: return ipmiconsole_ctx_errormsg(context_.get());
    }
  }

 private:
  Error explain() {
    const std::string place = bmc_place(host_);
    switch (ipmiconsole_ctx_errnum(context_.get())) {
      case IPMICONSOLE_ERR_USERNAME_INVALID:
      case IPMICONSOLE_ERR_PASSWORD_INVALID:
        return input_error("cannot open the console of host \"{}\": the BMC at {} refuses user \"{}\" or the password; mend user, "
                           "password_file or password_command",
                           host_.name, place, host_.user);
      case IPMICONSOLE_ERR_CIPHER_SUITE_ID_UNAVAILABLE:
        return input_error("cannot open the console of host \"{}\": the BMC at {} does not offer cipher suite {}; mend cipher_suite", host_.name,
                           place, host_.cipher_suite);
      case IPMICONSOLE_ERR_SOL_UNAVAILABLE:
        return input_error("cannot open the console of host \"{}\": the BMC at {} has no serial over LAN, or it is disabled; enable it "
                           "(ipmitool sol set enabled true) or give another console",
                           host_.name, place);
      case IPMICONSOLE_ERR_CONNECTION_TIMEOUT:
      case IPMICONSOLE_ERR_SESSION_TIMEOUT:
        return lab_error("cannot open the console of host \"{}\": the BMC at {} does not answer", host_.name, place);
      default:
        return lab_error("cannot open the console of host \"{}\": {}", host_.name, ipmiconsole_ctx_errormsg(context_.get()));
    }
  }

  const HostSpec host_;
  asio::thread_pool& workers_;
  Context context_;
};

}  // namespace

SolEngine::SolEngine() {
  if (ipmiconsole_engine_init(1, 0) < 0) throw std::runtime_error("cannot start libipmiconsole");
}
SolEngine::~SolEngine() { ipmiconsole_engine_teardown(1); }

std::unique_ptr<ConsoleLine> make_sol_line(asio::any_io_executor executor, const HostSpec& host, asio::thread_pool& workers) {
  return std::make_unique<SolLine>(std::move(executor), host, workers);
}

}  // namespace klab
