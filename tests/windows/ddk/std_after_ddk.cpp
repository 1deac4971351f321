// SPDX-License-Identifier: BSL-1.0
// The DDI's words (IN, OUT, __in, __out, ...) come first; every standard header must still compile, and mean what it
// meant. Included within extern "C", as C++ drivers do.
extern "C" {
#include <ntifs.h>
}
#include <wdmguid.h>
#include <poclass.h>

#if !defined(IN) || !defined(OUT) || !defined(OPTIONAL) || !defined(__in) || !defined(__out) || !defined(_In_)
#error "the words are not defined: this test would prove nothing"
#endif

#include <algorithm>
#include <any>
#include <array>
#include <atomic>
#include <barrier>
#include <bit>
#include <bitset>
#include <cassert>
#include <cctype>
#include <cerrno>
#include <cfenv>
#include <cfloat>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <climits>
#include <clocale>
#include <cmath>
#include <codecvt>
#include <compare>
#include <complex>
#include <concepts>
#include <condition_variable>
#include <coroutine>
#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <cuchar>
#include <cwchar>
#include <cwctype>
#include <deque>
#include <exception>
#include <filesystem>
#include <forward_list>
#include <fstream>
#include <functional>
#include <future>
#include <initializer_list>
#include <iomanip>
#include <ios>
#include <iosfwd>
#include <iostream>
#include <istream>
#include <iterator>
#include <latch>
#include <limits>
#include <list>
#include <locale>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <numbers>
#include <numeric>
#include <optional>
#include <ostream>
#include <queue>
#include <random>
#include <ranges>
#include <ratio>
#include <regex>
#include <scoped_allocator>
#include <semaphore>
#include <set>
#include <shared_mutex>
#include <span>
#include <sstream>
#include <stack>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>
#include <version>
// Not in every library of this age.
#if __has_include(<format>)
#include <format>
#endif
#if __has_include(<source_location>)
#include <source_location>
#endif
#if __has_include(<stop_token>)
#include <stop_token>
#endif
#if __has_include(<syncstream>)
#include <syncstream>
#endif
#if __has_include(<expected>)
#include <expected>
#endif
#if __has_include(<spanstream>)
#include <spanstream>
#endif
#if defined(__linux__)
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static_assert(sizeof(WCHAR) == 2 && sizeof(ULONG) == 4 && sizeof(LONG) == 4);
static_assert(std::is_same_v<DRIVER_NOTIFICATION_CALLBACK_ROUTINE, NTSTATUS(PVOID, PVOID)>);

NTSTATUS both_spellings(__in PVOID a, __out PULONG b, _In_ IN PVOID c, _Out_opt_ OUT OPTIONAL PULONG d);
NTSTATUS both_spellings(__in PVOID, __out PULONG, _In_ IN PVOID, _Out_opt_ OUT OPTIONAL PULONG) {
    return STATUS_SUCCESS;
}

int main() {
    std::vector<int> numbers{3, 1, 2};
    std::ranges::sort(numbers);
    std::string text;
    std::ranges::transform(numbers, std::back_inserter(text),
                           [](int n) { return static_cast<char>('0' + n); });
    std::istringstream in{"7 8"};
    int seven = 0;
    in >> seven;
    ULONG out = 0;
    const bool good = text == "123" && seven == 7 && std::regex_match(text, std::regex{"[1-3]+"}) &&
                      both_spellings(&out, &out, &out, &out) == STATUS_SUCCESS && (std::min)(1, 2) == 1;
    return good ? 0 : 1;
}
