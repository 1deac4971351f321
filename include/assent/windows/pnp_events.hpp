// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PNP_EVENTS_HPP
#define ASSENT_WINDOWS_PNP_EVENTS_HPP

#include <assent/config.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/windows/ddk/assent_ddk/plug_play.h>

namespace assent::windows {

/// GUID_HWPROFILE_… to GUID_TARGET_DEVICE_…, by the digit they differ in. The names are the drivers' to declare.
constexpr GUID pnp_event(unsigned char digit) noexcept {
    return {0xcb3a4000U | digit, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
}

inline constexpr GUID interface_arrival = pnp_event(4);
inline constexpr GUID interface_removal = pnp_event(5);

/// What drivers are told in each phase of a change that they are asked about.
struct phase_events {
    struct event {
        GUID guid;
        const char* name;
    };
    event query;
    event cancelled;
    event complete;

    constexpr const event& in(phase p) const noexcept {
        return p == phase::prepare ? query : p == phase::commit ? complete : cancelled;
    }
};

inline constexpr phase_events profile_events{
    {pnp_event(1), "QueryChange"}, {pnp_event(2), "ChangeCancelled"}, {pnp_event(3), "ChangeComplete"}};
inline constexpr phase_events removal_events{
    {pnp_event(6), "QueryRemove"}, {pnp_event(7), "RemoveCancelled"}, {pnp_event(8), "RemoveComplete"}};

} // namespace assent::windows

#endif
