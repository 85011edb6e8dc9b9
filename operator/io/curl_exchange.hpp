#pragma once
// Internal to operator/io: the only file that includes libcurl.
#include <curl/curl.h>

#include <optional>
#include <string>

#include "operator/io/clock.hpp"
#include "operator/io/transport.hpp"

namespace spillway::io {

/// One HTTP exchange: the easy handle, what it needs to stay alive, and what came back so far. Lives on the I/O thread.
class Exchange {
 public:
  /// Unary if `streaming` is false: then the body is collected and only handler.on_end is called.
  Exchange(HttpRequest request, StreamHandler handler, bool streaming);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Sets the handle up; an Error means that the request cannot be sent at all.
  Status prepare();
  CURL* easy() const { return easy_; }
  const std::string& pool() const { return request_.pool; }

  /// When a silent stream is given up; nothing if it may be silent for ever.
  std::optional<MonotonicTime> idle_deadline() const;
  Error idle_error() const;

  /// Calls on_end, once. The handle must have left its multi handle.
  void finish(CURLcode code);
  void fail(Error error);

 private:
  static std::size_t write_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t read_header(char* data, std::size_t size, std::size_t count, void* self);
  std::size_t take_body(std::string_view piece);
  void take_header(std::string_view line);
  void headers_complete();

  Status read_url();
  Status set_headers();
  void set_method_and_body();
  void set_tls();
  Error make_error(ErrorKind kind, const std::string& reason) const;
  Error curl_error(CURLcode code) const;

  HttpRequest request_;
  StreamHandler handler_;
  const bool streaming_;
  CURL* easy_ = nullptr;
  curl_slist* header_list_ = nullptr;
  char error_text_[CURL_ERROR_SIZE] = {};
  std::string origin_;     ///< scheme://host:port, for error texts
  bool loopback_ = false;
  HttpResponse response_;
  bool body_too_large_ = false;
  MonotonicTime last_byte_{};
};

}  // namespace spillway::io
