#include "operator/telemetry/redact.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace spillway::telemetry {

namespace {

constexpr std::array<std::string_view, 10> kSecretNames = {"authorization", "token",  "password",   "passwd",      "secret",
                                                           "api_key",       "apikey", "api-key", "private_key", "credential"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

/// Replaces [begin, end) in both copies of the text; `folded` is the lower-case one that is searched.
std::size_t replace(std::string& text, std::string& folded, std::size_t begin, std::size_t end) {
  text.replace(begin, end - begin, kRedacted);
  folded.replace(begin, end - begin, kRedacted);
  return begin + kRedacted.size();
}

/// "https://user:password@host" -> "https://[redacted]@host".
void hide_user_information(std::string& text, std::string& folded) {
  std::size_t at = 0;
  while ((at = folded.find("://", at)) != std::string::npos) {
    at += 3;
    const std::size_t authority_end = std::min(folded.find_first_of("/?# \t\n\"'", at), folded.size());
    const std::size_t user_end = folded.rfind('@', authority_end);
    if (user_end != std::string::npos && user_end >= at && user_end < authority_end) at = replace(text, folded, at, user_end);
  }
}

/// What follows an authentication scheme: "Bearer abc", "Basic abc".
void hide_credentials_after(std::string_view scheme, std::string& text, std::string& folded) {
  std::size_t at = 0;
  while ((at = folded.find(scheme, at)) != std::string::npos) {
    at += scheme.size();
    if (folded.compare(at, 7, "realm=\"") == 0) continue;  // a challenge, not a credential
    const std::size_t end = std::min(folded.find_first_of(" \t\r\n\"',;", at), folded.size());
    if (end > at) at = replace(text, folded, at, end);
  }
}

void hide_private_keys(std::string& text, std::string& folded) {
  std::size_t at = 0;
  while ((at = folded.find("-----begin", at)) != std::string::npos) {
    const std::size_t title_end = folded.find("-----", at + 10);
    if (title_end == std::string::npos) return;
    if (folded.substr(at, title_end - at).find("private key") == std::string::npos) {
      at = title_end;
      continue;
    }
    std::size_t end = folded.find("-----end", title_end);
    end = end == std::string::npos ? folded.size() : std::min(folded.find("-----", end + 8), folded.size() - 5) + 5;
    at = replace(text, folded, at, end);
  }
}

/// The value that follows a name and "=" or ":", quotes included: token=abc, "password": "abc".
void hide_named_values(std::string& text, std::string& folded) {
  std::size_t at = 0;
  while ((at = folded.find_first_of("=:", at)) != std::string::npos) {
    std::size_t name_end = at;
    while (name_end > 0 && (folded[name_end - 1] == '"' || folded[name_end - 1] == ' ' || folded[name_end - 1] == '\'')) --name_end;
    std::size_t name_begin = name_end;
    while (name_begin > 0 && is_word(folded[name_begin - 1])) --name_begin;
    const bool secret = is_secret_name(std::string_view(folded).substr(name_begin, name_end - name_begin));
    std::size_t begin = folded.find_first_not_of(" \"'", ++at);
    if (!secret || begin == std::string::npos) continue;
    // A scheme word is kept: its credential is hidden by hide_credentials_after.
    if (folded.compare(begin, 7, "bearer ") == 0 || folded.compare(begin, 6, "basic ") == 0) continue;
    const bool quoted = begin > at && (folded[begin - 1] == '"' || folded[begin - 1] == '\'');
    const char quote = quoted ? folded[begin - 1] : '\0';
    const std::size_t end = quoted ? folded.find(quote, begin) : folded.find_first_of(" \t\r\n\"',;&}", begin);
    at = replace(text, folded, begin, std::min(end, folded.size()));
  }
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const std::string folded = lower(name);
  // tokenFile, secretRef, tokenReviewSeconds ... name places, not secrets.
  for (const std::string_view suffix : {"file", "ref", "name", "path", "directory", "seconds", "url"}) {
    if (folded.ends_with(suffix)) return false;
  }
  return std::any_of(kSecretNames.begin(), kSecretNames.end(),
                     [&](std::string_view secret) { return folded.find(secret) != std::string::npos; });
}

std::string redact(std::string_view input) {
  std::string text(input);
  std::string folded = lower(text);
  hide_private_keys(text, folded);
  hide_user_information(text, folded);
  hide_credentials_after("bearer ", text, folded);
  hide_credentials_after("basic ", text, folded);
  hide_named_values(text, folded);
  return text;
}

}  // namespace spillway::telemetry
