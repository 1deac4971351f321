// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_TRACE_WRITER_HPP
#define ASSENT_DISPATCH_TRACE_WRITER_HPP

#include <assent/config.hpp>
#include <assent/dispatch/activity.hpp>
#include <assent/dispatch/detail/json_text.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace assent::inline ASSENT_ABI {

/// An observer that writes what it sees as it happens, in the Trace Event Format that chrome://tracing and
/// Perfetto open:
///
///   assent::trace_writer<> trace(file);
///   assent::dispatcher<reload, assent::observed_by<assent::trace_writer<>>> reloads(trace);
///
/// The file is complete when the writer is gone; the viewers also take one whose end is missing. Times are in
/// microseconds since the writer was made. Threads are numbered from 1 in the order in which they appear; 0 are
/// those that there was no memory to number.
/// Threads  both hooks may be called from any thread: a mutex for each line.
template <class Clock = std::chrono::steady_clock> class trace_writer {
public:
    /// @param to  open for writing, until the writer is gone; not closed by it.
    explicit trace_writer(std::FILE* to) noexcept : to_(to) { put("["); }
    trace_writer(const trace_writer&) = delete;
    trace_writer& operator=(const trace_writer&) = delete;
    ~trace_writer() {
        put("\n]\n");
        std::fflush(to_);
    }

    void began(const activity& a) noexcept {
        const std::lock_guard guard(lock_);
        line('B');
        put(",\"name\":\"");
        describe(a, [this](std::string_view piece) { put_escaped(piece); });
        put("\",\"cat\":\"");
        put(word_for(a.kind));
        put("\",\"args\":{\"category\":\"");
        put_escaped(a.category);
        put("\"}}");
    }
    void ended(const activity&, ending how) noexcept {
        const std::lock_guard guard(lock_);
        line('E');
        put(",\"args\":{\"ended\":\"");
        put(word_for(how));
        put("\"}}");
    }

private:
    // Under the lock, all of these.

    void line(char what) noexcept {
        const auto since =
            std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start_).count();
        // A clock that is set back must not make a number that no parser takes, such as 0.-01.
        const long long now = std::max(0LL, static_cast<long long>(since));
        std::fprintf(to_, "%s\n{\"ph\":\"%c\",\"pid\":1,\"tid\":%zu,\"ts\":%lld.%03lld", first_ ? "" : ",",
                     what, thread_number(), now / 1000, now % 1000);
        first_ = false;
    }
    void put(std::string_view text) noexcept { std::fwrite(text.data(), 1, text.size(), to_); }
    void put_escaped(std::string_view text) noexcept {
        detail::escape_json(text, [this](std::string_view piece) { put(piece); });
    }

    std::size_t thread_number() noexcept {
        const std::thread::id self = std::this_thread::get_id();
        const auto it = std::find(threads_.begin(), threads_.end(), self);
        const auto place = static_cast<std::size_t>(it - threads_.begin());
        if (it == threads_.end()) {
            ASSENT_TRY { threads_.push_back(self); }
            ASSENT_CATCH_ALL { return 0; }
        }
        return place + 1;
    }

    std::FILE* const to_;
    const typename Clock::time_point start_ = Clock::now();
    std::mutex lock_;
    bool first_ = true;
    std::vector<std::thread::id> threads_;
};

} // namespace assent::inline ASSENT_ABI

#endif
