// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/fd_line.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace klab {
namespace asio = boost::asio;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
namespace {

constexpr std::size_t most_waiting = 4096;

}  // namespace

asio::awaitable<Result<std::string>> FdLine::read() {
  std::string bytes(16 * 1024, '\0');
  const auto [error, size] = co_await descriptor_.async_read_some(asio::buffer(bytes), as_result);
  // A terminal whose other end is gone reports an input error.
  if (error == asio::error::eof || error.value() == EIO) co_return lab_error("{}", why_ended());
  if (error) co_return lab_error("{}", error == asio::error::operation_aborted ? "it was closed here" : error.message());
  bytes.resize(size);
  co_return bytes;
}

asio::awaitable<Result<void>> FdLine::write(std::string bytes) {
  if (writing_) {
    if (waiting_.size() + bytes.size() > most_waiting) co_return lab_error("the line does not take what is written to it");
    waiting_ += bytes;
    co_return Result<void>{};
  }
  writing_ = true;
  boost::system::error_code failure;
  while (!bytes.empty() && !failure) {
    const auto [error, size] = co_await asio::async_write(descriptor_, asio::buffer(bytes), as_result);
    failure = error;
    bytes = std::exchange(waiting_, {});
  }
  writing_ = false;
  if (failure) co_return lab_error("{}", failure.message());
  co_return Result<void>{};
}

void FdLine::shut() {
  boost::system::error_code ignored;
  if (descriptor_.is_open()) descriptor_.close(ignored);
}

}  // namespace klab
