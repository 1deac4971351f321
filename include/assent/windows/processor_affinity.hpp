// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PROCESSOR_AFFINITY_HPP
#define ASSENT_WINDOWS_PROCESSOR_AFFINITY_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/processor.h>
#include <assent/windows/processor_table.hpp>

#include <bit>

namespace assent::windows {

namespace detail {
[[gnu::visibility("hidden")]] inline thread_local GROUP_AFFINITY this_thread_affinity{};
}

/// Which processors this thread lets itself be run on; a mask of zero: any, as for a thread that never asked.
/// The threads of the host are not moved: only what the DDI says about them is.
inline GROUP_AFFINITY& thread_affinity() noexcept { return detail::this_thread_affinity; }

/// The processor the thread is said to run on: the lowest of those it asked for that runs, else the first one.
inline PROCESSOR_NUMBER current_processor(const processor_table& in) noexcept {
    const GROUP_AFFINITY& asked = thread_affinity();
    PROCESSOR_NUMBER number{};
    if (const KAFFINITY allowed = asked.Mask & in.mask(asked.Group); allowed != 0) {
        number.Group = asked.Group;
        number.Number = static_cast<UCHAR>(std::countr_zero(allowed));
        return number;
    }
    return in.number_of(0).value_or(number);
}

/// Runs on one processor for its lifetime.
class on_processor {
public:
    explicit on_processor(const PROCESSOR_NUMBER& number) noexcept : before_(thread_affinity()) {
        thread_affinity() = {};
        thread_affinity().Mask = KAFFINITY{1} << number.Number;
        thread_affinity().Group = number.Group;
    }
    on_processor(const on_processor&) = delete;
    on_processor& operator=(const on_processor&) = delete;
    ~on_processor() { thread_affinity() = before_; }

private:
    GROUP_AFFINITY before_;
};

} // namespace assent::windows

#endif
