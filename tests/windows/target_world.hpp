// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_WINDOWS_TARGET_WORLD_HPP
#define ASSENT_TESTS_WINDOWS_TARGET_WORLD_HPP

// What the tests of removals, profiles and custom events share: receivers that write into one common story, so
// that the order between them is seen.

#include "world.hpp"

#include <cstring>
#include <functional>
#include <string>
#include <utility>

namespace windows_tests {

constexpr GUID pnp_guid(unsigned char digit) {
    return {0xcb3a4000U + digit, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
}

inline const char* sign_of(const GUID& g) {
    static constexpr const char* signs[] = {"?p", "-p", "+p", "in", "out", "?", "-", "+"};
    return IsEqualGUID(g, processor_guid) == 0 && g.Data1 >= 0xcb3a4001 && g.Data1 <= 0xcb3a4008
               ? signs[g.Data1 - 0xcb3a4001]
               : "!";
}

/// One receiver. Each call adds `name` and a sign to the story: ? asked, + it happened, - it did not, ! custom,
/// in and out for interfaces.
struct listener {
    listener(std::string& told, std::string called) : story(&told), name(std::move(called)) {}
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    ~listener() { stop(); }

    NTSTATUS listen(IO_NOTIFICATION_EVENT_CATEGORY category, PVOID data, driver& owner, ULONG flags = 0) {
        return IoRegisterPlugPlayNotification(category, flags, data, &owner.object(), &routine, this, &entry);
    }
    NTSTATUS listen(PFILE_OBJECT to, driver& owner) {
        return listen(EventCategoryTargetDeviceChange, to, owner);
    }
    NTSTATUS stop() {
        return entry == nullptr ? STATUS_INVALID_PARAMETER
                                : IoUnregisterPlugPlayNotificationEx(std::exchange(entry, nullptr));
    }

    static NTSTATUS routine(PVOID structure, PVOID context) {
        auto& self = *static_cast<listener*>(context);
        const auto* const header = static_cast<PPLUGPLAY_NOTIFICATION_HEADER>(structure);
        const std::string sign = sign_of(header->Event);
        *self.story += self.name + sign + " ";
        self.version = header->Version;
        self.size = header->Size;
        if (header->Size >= sizeof(TARGET_DEVICE_REMOVAL_NOTIFICATION))
            self.file = static_cast<PTARGET_DEVICE_REMOVAL_NOTIFICATION>(structure)->FileObject;
        if (self.hook) self.hook(sign, structure);
        return sign.front() == '?' ? self.answer : self.other_answer;
    }

    std::string* story;
    std::string name;
    NTSTATUS answer = STATUS_SUCCESS;
    NTSTATUS other_answer = STATUS_SUCCESS;
    std::function<void(const std::string& sign, PVOID structure)> hook;
    PVOID entry = nullptr;
    USHORT version = 0;
    USHORT size = 0;
    PFILE_OBJECT file = nullptr;
};

/// A device by the name below \Device, opened as drivers do.
inline PFILE_OBJECT open_device(device& d, PDEVICE_OBJECT* object = nullptr) {
    std::u16string text = u"\\Device\\";
    for (const char c : d.path()) text += static_cast<char16_t>(c);
    wide name(text);
    PFILE_OBJECT file = nullptr;
    PDEVICE_OBJECT found = nullptr;
    if (!NT_SUCCESS(IoGetDeviceObjectPointer(&name.string, FILE_READ_DATA, &file, &found))) return nullptr;
    if (object != nullptr) *object = found;
    return file;
}

} // namespace windows_tests

#endif
