// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_ERRORS_HPP
#define ASSENT_CORE_DETAIL_ERRORS_HPP

#include <assent/config.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// Reports that memory ran out: std::bad_alloc, or the end of the program without exceptions.
[[noreturn]] ASSENT_COLD inline void out_of_memory() {
    ASSENT_THROW(std::bad_alloc());
    std::fputs("assent: out of memory, and exceptions are disabled\n", stderr);
    std::abort();
}

/// Keeps the first exception of several calls, to be thrown after the last.
class first_exception {
public:
    /// False: it threw.
    template <class Call> bool guard(Call&& call) {
        ASSENT_TRY { std::forward<Call>(call)(); }
        ASSENT_CATCH_ALL {
            if (!keep_current()) ASSENT_RETHROW;
            return false;
        }
        return true;
    }
    explicit operator bool() const noexcept { return first_ != nullptr; }
    void rethrow() const {
        if constexpr (config::exceptions) {
            if (first_ != nullptr) [[unlikely]]
                std::rethrow_exception(first_);
        }
    }

    /// Inside a handler. False: nothing that can be kept, so that the caller must rethrow it: the thread is being
    /// cancelled, which unwinds with something that is no exception.
    [[nodiscard]] ASSENT_COLD bool keep_current() noexcept {
        std::exception_ptr current = std::current_exception();
        if (current == nullptr) return false;
        if (first_ == nullptr) first_ = std::move(current);
        return true;
    }

private:
    std::exception_ptr first_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
