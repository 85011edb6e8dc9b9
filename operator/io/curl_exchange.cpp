#include "operator/io/curl_exchange.hpp"

#include <algorithm>
#include <cctype>

namespace spillway::io {
namespace {

ErrorKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return ErrorKind::kTimeout;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_PEER_FAILED_VERIFICATION: return ErrorKind::kInvalid;
    default: return ErrorKind::kTransient;
  }
}

curl_blob as_blob(const std::string& pem) {
  // Not copied: the request's shared TlsOptions outlives the handle, and connections keep copies of their own.
  return {const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
}

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.rfind("127.", 0) == 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

}  // namespace

Exchange::Exchange(HttpRequest request, StreamHandler handler, bool streaming)
    : request_(std::move(request)), handler_(std::move(handler)), streaming_(streaming) {}

Exchange::~Exchange() {
  if (easy_) curl_easy_cleanup(easy_);
  curl_slist_free_all(header_list_);
}

Status Exchange::prepare() {
  if (auto url = read_url(); !url) return url;
  easy_ = curl_easy_init();
  if (!easy_) return make_error(ErrorKind::kTransient, "out of memory");
  if (auto headers = set_headers(); !headers) return headers;
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_text_);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
  if (loopback_) curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Exchange::write_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Exchange::read_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  set_method_and_body();
  set_tls();
  last_byte_ = std::chrono::steady_clock::now();
  return Ok{};
}

Status Exchange::read_url() {
  CURLU* url = curl_url();
  if (!url) return Error{ErrorKind::kTransient, "out of memory"};
  const CURLUcode code = curl_url_set(url, CURLUPART_URL, request_.url.c_str(), 0);
  if (code == CURLUE_OK) {
    const std::string host = url_part(url, CURLUPART_HOST);
    origin_ = url_part(url, CURLUPART_SCHEME) + "://" + host + ":" + url_part(url, CURLUPART_PORT);
    loopback_ = is_loopback(host);
  }
  curl_url_cleanup(url);
  if (code != CURLUE_OK) return make_error(ErrorKind::kInvalid, curl_url_strerror(code));
  return Ok{};
}

Status Exchange::set_headers() {
  // curl would add these two on its own: a wait for "100 Continue", and a form's content type for any body.
  header_list_ = curl_slist_append(header_list_, "Expect:");
  bool has_content_type = false;
  for (const auto& [name, value] : request_.headers) {
    const std::string line = value.empty() ? name + ";" : name + ": " + value;
    if (line.find_first_of("\r\n") != std::string::npos)
      return make_error(ErrorKind::kInvalid, "line break in header " + name.substr(0, name.find_first_of("\r\n")));
    header_list_ = curl_slist_append(header_list_, line.c_str());
    has_content_type |= name.size() == 12 && curl_strequal(name.c_str(), "Content-Type");
  }
  if (!has_content_type) header_list_ = curl_slist_append(header_list_, "Content-Type:");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, header_list_);
  return Ok{};
}

void Exchange::set_method_and_body() {
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET" || !request_.body.empty()) {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

void Exchange::set_tls() {
  if (!request_.tls) return;
  const auto set = [this](CURLoption option, const std::string& pem) {
    if (pem.empty()) return;
    curl_blob blob = as_blob(pem);
    curl_easy_setopt(easy_, option, &blob);
  };
  set(CURLOPT_CAINFO_BLOB, request_.tls->ca_pem);
  set(CURLOPT_SSLCERT_BLOB, request_.tls->client_cert_pem);
  set(CURLOPT_SSLKEY_BLOB, request_.tls->client_key_pem);
}

std::optional<MonotonicTime> Exchange::idle_deadline() const {
  if (request_.idle_timeout.count() <= 0) return std::nullopt;
  return last_byte_ + request_.idle_timeout;
}

Error Exchange::idle_error() const {
  return make_error(ErrorKind::kTimeout,
                    "no byte for " + std::to_string(request_.idle_timeout.count()) + " ms");
}

void Exchange::finish(CURLcode code) {
  if (code != CURLE_OK) return fail(curl_error(code));
  handler_.on_end(std::move(response_));
}

void Exchange::fail(Error error) { handler_.on_end(std::move(error)); }

std::size_t Exchange::write_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Exchange*>(self)->take_body({data, size * count});
}

std::size_t Exchange::read_header(char* data, std::size_t size, std::size_t count, void* self) {
  static_cast<Exchange*>(self)->take_header({data, size * count});
  return size * count;
}

std::size_t Exchange::take_body(std::string_view piece) {
  last_byte_ = std::chrono::steady_clock::now();
  if (streaming_) {
    if (handler_.on_data) handler_.on_data(piece);
    return piece.size();
  }
  if (response_.body.size() + piece.size() > request_.max_body_bytes) {
    body_too_large_ = true;
    return 0;
  }
  response_.body.append(piece);
  return piece.size();
}

void Exchange::take_header(std::string_view line) {
  last_byte_ = std::chrono::steady_clock::now();
  if (line.rfind("HTTP/", 0) == 0) {  // a new block of headers: the last one was a 1xx or a proxy's
    response_.headers.clear();
  } else if (trimmed(line).empty()) {
    headers_complete();
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    std::string name(trimmed(line.substr(0, colon)));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    response_.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
  }
}

void Exchange::headers_complete() {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  if (streaming_ && status >= 200 && handler_.on_headers) handler_.on_headers(response_);
}

Error Exchange::make_error(ErrorKind kind, const std::string& reason) const {
  return {kind, request_.method + " " + (origin_.empty() ? "(not a URL)" : origin_) + ": " + reason};
}

Error Exchange::curl_error(CURLcode code) const {
  if (body_too_large_)
    return make_error(ErrorKind::kInvalid, "the answer is larger than " + std::to_string(request_.max_body_bytes) + " bytes");
  return make_error(kind_of(code), error_text_[0] ? error_text_ : curl_easy_strerror(code));
}

}  // namespace spillway::io
