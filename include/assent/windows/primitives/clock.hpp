// SPDX-License-Identifier: BSL-1.0
// Defines the time functions. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_CLOCK_HPP
#define ASSENT_WINDOWS_PRIMITIVES_CLOCK_HPP

#include <chrono>
#include <thread>

#include "../ddk/assent_ddk/clock.h"
#include "waiting.hpp"

namespace assent::windows::detail {
/// What KeQueryTickCount counts: the timer interrupts of most machines are this far apart.
inline constexpr windows_ticks tick{156'250};

inline windows_ticks since_start() {
    return std::chrono::duration_cast<windows_ticks>(std::chrono::steady_clock::now().time_since_epoch());
}
} // namespace assent::windows::detail

extern "C" {

VOID KeQuerySystemTime(PLARGE_INTEGER time) {
    using namespace assent::windows::detail;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    time->QuadPart = (std::chrono::duration_cast<windows_ticks>(now) + from_1601_to_1970).count();
}
VOID KeQuerySystemTimePrecise(PLARGE_INTEGER time) { KeQuerySystemTime(time); }

ULONGLONG KeQueryInterruptTime(VOID) {
    return static_cast<ULONGLONG>(assent::windows::detail::since_start().count());
}
VOID KeQueryTickCount(PLARGE_INTEGER count) {
    using namespace assent::windows::detail;
    count->QuadPart = since_start() / tick;
}
ULONG KeQueryTimeIncrement(VOID) { return static_cast<ULONG>(assent::windows::detail::tick.count()); }

LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER frequency) {
    if (frequency != nullptr) frequency->QuadPart = assent::windows::detail::windows_ticks::period::den;
    LARGE_INTEGER now;
    now.QuadPart = assent::windows::detail::since_start().count();
    return now;
}

VOID KeStallExecutionProcessor(ULONG microseconds) {
    std::this_thread::sleep_for(std::chrono::microseconds{microseconds});
}

/// The local time zone is that of Greenwich.
VOID ExSystemTimeToLocalTime(PLARGE_INTEGER system, PLARGE_INTEGER local) { *local = *system; }

VOID RtlTimeToTimeFields(PLARGE_INTEGER time, PTIME_FIELDS fields) {
    using namespace std::chrono;
    using namespace assent::windows::detail;
    const auto since_1970 = duration_cast<milliseconds>(windows_ticks{time->QuadPart} - from_1601_to_1970);
    const sys_days day = floor<days>(sys_time<milliseconds>(since_1970));
    const year_month_day date(day);
    const hh_mm_ss<milliseconds> clock(sys_time<milliseconds>(since_1970) - day);
    fields->Year = static_cast<CSHORT>(static_cast<int>(date.year()));
    fields->Month = static_cast<CSHORT>(static_cast<unsigned>(date.month()));
    fields->Day = static_cast<CSHORT>(static_cast<unsigned>(date.day()));
    fields->Hour = static_cast<CSHORT>(clock.hours().count());
    fields->Minute = static_cast<CSHORT>(clock.minutes().count());
    fields->Second = static_cast<CSHORT>(clock.seconds().count());
    fields->Milliseconds = static_cast<CSHORT>(clock.subseconds().count());
    fields->Weekday = static_cast<CSHORT>(weekday(day).c_encoding());
}

} // extern "C"

#endif
