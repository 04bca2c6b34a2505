# libleeward.so: the objects of leeward_lib that the functions of include/leeward need, and no other
# name visible. They are pulled out of the archive one by one, so that what nothing public reaches
# (import with GEOS and PROJ, the journal with libsodium) brings no library along.
file(GLOB lee_public_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/include/leeward/*.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${lee_public_headers})
set(lee_public_names)
foreach(header IN LISTS lee_public_headers)
    file(STRINGS ${header} lines REGEX "^[a-z_A-Z].*[ *]lee_[a-z0-9_]+\\(")
    list(FILTER lines EXCLUDE REGEX "^typedef ")
    foreach(line IN LISTS lines)
        string(REGEX MATCH "lee_[a-z0-9_]+\\(" name "${line}")
        string(REPLACE "(" "" name "${name}")
        list(APPEND lee_public_names ${name})
    endforeach()
endforeach()
list(SORT lee_public_names)
list(JOIN lee_public_names ";\n        " names)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/leeward.map @ONLY CONTENT
     "LEEWARD_0 {\n    global:\n        @names@;\n    local:\n        *;\n};\n")

file(WRITE ${CMAKE_BINARY_DIR}/shared.c.new
     "/* The library is what the options of the linker pull in. */\ntypedef int lee_nothing_here;\n")
file(COPY_FILE ${CMAKE_BINARY_DIR}/shared.c.new ${CMAKE_BINARY_DIR}/shared.c ONLY_IF_DIFFERENT)
add_library(leeward_shared SHARED ${CMAKE_BINARY_DIR}/shared.c)
set_target_properties(leeward_shared PROPERTIES
    OUTPUT_NAME leeward VERSION ${LEEWARD_VERSION} SOVERSION 0
    LINK_DEPENDS ${CMAKE_BINARY_DIR}/leeward.map)
target_include_directories(leeward_shared PUBLIC include)
list(TRANSFORM lee_public_names PREPEND "LINKER:-u," OUTPUT_VARIABLE lee_pulled)
target_link_options(leeward_shared PRIVATE ${lee_pulled}
    LINKER:--version-script=${CMAKE_BINARY_DIR}/leeward.map LINKER:--as-needed)
if(NOT LEEWARD_SANITIZE AND NOT LEEWARD_FUZZ)
    target_link_options(leeward_shared PRIVATE LINKER:-z,defs)
endif()
target_link_libraries(leeward_shared PRIVATE leeward_lib)
